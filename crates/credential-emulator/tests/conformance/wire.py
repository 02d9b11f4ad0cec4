"""Does what it reads from its input, with official Python SDKs: one line in, one line out when it is done."""

import sys

from azure.communication.identity import CommunicationIdentityClient
from azure.communication.sms import SmsClient
from azure.identity import CertificateCredential, DeviceCodeCredential, OnBehalfOfCredential

from setting import ACS, ARM_SCOPE, ENTRA, ORIGIN, decide, secret_credential

OPTIONS = {"tenant_id": ENTRA["tenant_id"], "authority": ORIGIN, "disable_instance_discovery": True}
CONFIDENTIAL = {"client_id": ENTRA["client_id"], **OPTIONS}
PUBLIC = {"client_id": ENTRA["public_client_id"], **OPTIONS}


def device_code():
    return DeviceCodeCredential(prompt_callback=lambda uri, user_code, expires_on: decide(user_code), **PUBLIC)


def on_behalf_of(assertion):
    secret = {"client_secret": ENTRA["client_secret"], "user_assertion": assertion}
    OnBehalfOfCredential(**CONFIDENTIAL, **secret).get_token(ARM_SCOPE)


def identity():
    client = CommunicationIdentityClient.from_connection_string(ACS["connection_string"])
    user = client.create_user()
    client.get_token(user, ["chat", "voip"])
    client.revoke_tokens(user)
    client.delete_user(user)
    client.create_user_and_token(["chat"])


def sms():
    client = SmsClient.from_connection_string(ACS["connection_string"])
    client.send("+14255550123", ["+15550101"], "hello", enable_delivery_report=True, tag="t")


OPERATIONS = {
    "client secret": lambda _: secret_credential().get_token(ARM_SCOPE),
    "client certificate": lambda _: CertificateCredential(
        certificate_data=ENTRA["client_certificate_pem"].encode(), **CONFIDENTIAL
    ).get_token(ARM_SCOPE),
    "device code": lambda _: device_code().get_token(ARM_SCOPE),
    "on-behalf-of": on_behalf_of,
    "identity": lambda _: identity(),
    "sms": lambda _: sms(),
}

for line in sys.stdin:
    name, _, argument = line.rstrip("\n").partition("\t")
    try:
        OPERATIONS[name](argument)
        print("done", flush=True)
    except Exception as error:  # whatever an SDK raises is told to who asked
        print(f"{type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
