"""Runs official Python SDKs, unmodified, against the emulator: one line of JSON for each operation.

Reads from the environment: EMULATOR (what `credential-emulator --json` printed). The certificate authority is given to
the SDKs' HTTP libraries by REQUESTS_CA_BUNDLE and SSL_CERT_FILE, as a user would.
"""

import asyncio
import json
import os
from importlib.metadata import version

import msal
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from azure.mixedreality.authentication import MixedRealityStsClient
from azure.mixedreality.authentication.aio import MixedRealityStsClient as AsyncStsClient

EMULATOR = json.loads(os.environ["EMULATOR"])
ORIGIN = EMULATOR["https_origin"]
ENTRA, ACS, MR = EMULATOR["entra"], EMULATOR["acs"], EMULATOR["mr"]
ARM_SCOPE = "https://management.azure.com/.default"
WRONG_KEY = "d3Jvbmc="


def report(package, operation, work):
    """Runs one operation and prints how it went."""
    row = {"client": f"{package} {version(package)} (Python)", "operation": operation, "passed": True, "note": ""}
    try:
        work()
    except Exception as error:  # whatever an SDK raises is the answer we are after
        row.update(passed=False, note=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    print(json.dumps(row), flush=True)


def refused(work, code):
    """Passes when the emulator refuses, and the SDK understands why."""
    try:
        work()
    except ClientAuthenticationError as error:
        assert error.status_code == 401 and code in str(error), str(error)
        return
    raise AssertionError("the emulator accepted what it must refuse")


def secret_credential(kind=ClientSecretCredential, secret=ENTRA["client_secret"]):
    return kind(
        ENTRA["tenant_id"], ENTRA["client_id"], secret, authority=ORIGIN, disable_instance_discovery=True
    )


def communication_identity():
    package = "azure-communication-identity"
    clients = {
        "access key": lambda: CommunicationIdentityClient.from_connection_string(ACS["connection_string"]),
        "Entra": lambda: CommunicationIdentityClient(ACS["endpoint"], secret_credential()),
    }
    for name, make in clients.items():
        client = make()

        def lifecycle():
            user = client.create_user()
            assert user.properties["id"].startswith("8:acs:")
            assert client.get_token(user, ["chat", "voip"]).token.count(".") == 2
            client.revoke_tokens(user)
            client.delete_user(user)

        def user_and_token():
            user, token = client.create_user_and_token(["chat"])
            assert user.properties["id"].startswith("8:acs:") and token.token

        report(package, f"{name}: create, issue, revoke, delete", lifecycle)
        report(package, f"{name}: create with token", user_and_token)
    wrong = CommunicationIdentityClient(ACS["endpoint"], AzureKeyCredential(WRONG_KEY))
    report(package, "wrong access key is refused", lambda: refused(wrong.create_user, "Denied"))
    secondary = CommunicationIdentityClient(ACS["endpoint"], AzureKeyCredential(ACS["secondary_key"]))
    report(package, "secondary access key: create", secondary.create_user)

    async def lifecycle_async(make):
        async with make() as client:
            user = await client.create_user()
            await client.get_token(user, ["chat"])
            await client.revoke_tokens(user)
            await client.delete_user(user)

    async def by_entra_async():
        async with secret_credential(AsyncClientSecretCredential) as credential:
            await lifecycle_async(lambda: AsyncIdentityClient(ACS["endpoint"], credential))

    by_key = lambda: AsyncIdentityClient.from_connection_string(ACS["connection_string"])
    report(package, "asyncio, access key: create, issue, revoke, delete", lambda: asyncio.run(lifecycle_async(by_key)))
    report(package, "asyncio, Entra: create, issue, revoke, delete", lambda: asyncio.run(by_entra_async()))


def entra():
    def token():
        assert secret_credential().get_token(ARM_SCOPE).token.count(".") == 2

    async def token_async():
        async with secret_credential(AsyncClientSecretCredential) as credential:
            assert (await credential.get_token(ARM_SCOPE)).token.count(".") == 2

    report("azure-identity", "ClientSecretCredential", token)
    report("azure-identity", "ClientSecretCredential, asyncio", lambda: asyncio.run(token_async()))

    def wrong_secret():
        try:
            secret_credential(secret="wrong").get_token(ARM_SCOPE)
        except ClientAuthenticationError as error:
            assert "AADSTS7000215" in str(error), str(error)
            return
        raise AssertionError("the emulator accepted a wrong secret")

    report("azure-identity", "wrong secret is refused with its AADSTS code", wrong_secret)

    def msal_client_credentials():
        app = msal.ConfidentialClientApplication(
            ENTRA["client_id"],
            client_credential=ENTRA["client_secret"],
            authority=f"{ORIGIN}/{ENTRA['tenant_id']}",
            instance_discovery=False,
        )
        answer = app.acquire_token_for_client([ARM_SCOPE])
        assert answer.get("access_token"), answer
        assert app.acquire_token_for_client([ARM_SCOPE])["token_source"] == "cache"

    report("msal", "acquire_token_for_client, then from its cache", msal_client_credentials)


def mixed_reality():
    package = "azure-mixedreality-authentication"
    arguments = (MR["account_id"], MR["account_domain"])
    endpoint = {"custom_endpoint_url": MR["endpoint"]}

    def by_key():
        token = MixedRealityStsClient(*arguments, AzureKeyCredential(MR["account_key"]), **endpoint).get_token()
        assert token.token.count(".") == 2 and token.expires_on > 0

    def by_entra():
        assert MixedRealityStsClient(*arguments, secret_credential(), **endpoint).get_token().token

    def wrong_key():
        client = MixedRealityStsClient(*arguments, AzureKeyCredential(WRONG_KEY), **endpoint)
        refused(client.get_token, "")

    async def by_key_async():
        async def run(client):
            assert (await client.get_token()).token

        await run(AsyncStsClient(*arguments, AzureKeyCredential(MR["account_key"]), **endpoint))

    report(package, "account key", by_key)
    report(package, "Entra token", by_entra)
    report(package, "wrong account key is refused", wrong_key)
    report(package, "asyncio, account key", lambda: asyncio.run(by_key_async()))


communication_identity()
entra()
mixed_reality()
