"""Credentials of azure-identity that need no user at the screen: managed identities, federation, and asyncio."""

import asyncio
import os
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit

import msal
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import AuthorizationCodeCredential, ClientAssertionCredential, ManagedIdentityCredential, WorkloadIdentityCredential
from azure.identity import aio

from setting import ARM_SCOPE, ENTRA, ORIGIN, accept, decide, report

PACKAGE = "azure-identity"
OPTIONS = {"authority": ORIGIN, "disable_instance_discovery": True}
APPLICATION = {"client_id": ENTRA["client_id"], "tenant_id": ENTRA["tenant_id"], **OPTIONS}
APP_SERVICE = {"IDENTITY_ENDPOINT": ENTRA["identity_endpoint"], "IDENTITY_HEADER": ENTRA["identity_header"]}
MACHINE = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": ENTRA["imds_endpoint"]}


@contextmanager
def variables(values):
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            del os.environ[name]


def good(token):
    assert token.token.count(".") == 2, token
    return token.token


def managed(values, **which):
    with variables(values):
        good(ManagedIdentityCredential(**which).get_token(ARM_SCOPE))


async def managed_async(values, **which):
    with variables(values):
        async with aio.ManagedIdentityCredential(**which) as credential:
            good(await credential.get_token(ARM_SCOPE))


def wrong_identity(values):
    unknown = {"client_id": "00000000-0000-4000-8000-000000000000"}
    try:
        managed(values, **unknown)
    except ClientAuthenticationError as error:
        assert "dentity" in str(error), str(error)
        return
    raise AssertionError("the emulator knows an identity that nobody assigned")


def assertion():
    """What a build service gives its programs."""
    answer = requests.get(
        f"{ORIGIN}/federated-issuer/token?audience=api://AzureADTokenExchange",
        headers={"authorization": f"Bearer {ENTRA['identity_header']}"},
    )
    answer.raise_for_status()
    return answer.json()["value"]


def workload():
    path = os.path.join(os.getcwd(), "federated-token")
    with open(path, "w") as file:
        file.write(assertion())
    good(WorkloadIdentityCredential(token_file_path=path, **APPLICATION).get_token(ARM_SCOPE))


async def in_asyncio(credential, scope=ARM_SCOPE):
    async with credential:
        good(await credential.get_token(scope))


def authorization_code():
    """The person signs in, and the code comes back to the application."""
    redirect = "http://localhost:8400"
    query = {"client_id": ENTRA["client_id"], "response_type": "code", "redirect_uri": redirect}
    query["scope"] = f"{ARM_SCOPE} offline_access"
    address, _ = accept(f"{ORIGIN}/{ENTRA['tenant_id']}/oauth2/v2.0/authorize?{urlencode(query)}")
    return {"authorization_code": dict(parse_qsl(urlsplit(address).query))["code"], "redirect_uri": redirect}


def user_assertion():
    app = msal.PublicClientApplication(
        ENTRA["public_client_id"], authority=f"{ORIGIN}/{ENTRA['tenant_id']}", instance_discovery=False
    )
    flow = app.initiate_device_flow([f"api://{ENTRA['client_id']}/.default"])
    decide(flow["user_code"])
    return app.acquire_token_by_device_flow(flow)["access_token"]


def run():
    user_assigned = {"client_id": ENTRA["managed_identity_client_id"]}
    by_resource = {"identity_config": {"mi_res_id": ENTRA["managed_identity_resource_id"]}}
    for name, values in {"App Service": APP_SERVICE, "virtual machine": MACHINE}.items():
        report(PACKAGE, f"ManagedIdentityCredential, {name}: of the system", lambda: managed(values))
        report(PACKAGE, f"ManagedIdentityCredential, {name}: of a user", lambda: managed(values, **user_assigned))
        report(PACKAGE, f"ManagedIdentityCredential, {name}, asyncio", lambda: asyncio.run(managed_async(values)))
        report(PACKAGE, f"ManagedIdentityCredential, {name}: one that nobody assigned is refused", lambda: wrong_identity(values))
    report(PACKAGE, "ManagedIdentityCredential, App Service: by resource id", lambda: managed(APP_SERVICE, **by_resource))
    secret, certificate = {"client_secret": ENTRA["client_secret"]}, ENTRA["client_certificate_pem"].encode()
    federated = lambda: good(ClientAssertionCredential(func=assertion, **APPLICATION).get_token(ARM_SCOPE))
    report(PACKAGE, "ClientAssertionCredential, federated assertion", federated)
    report(PACKAGE, "WorkloadIdentityCredential", workload)
    by_code = lambda: good(
        AuthorizationCodeCredential(**APPLICATION, **secret, **authorization_code()).get_token(ARM_SCOPE)
    )
    report(PACKAGE, "AuthorizationCodeCredential", by_code)
    for operation, make in {
        "CertificateCredential": lambda: aio.CertificateCredential(certificate_data=certificate, **APPLICATION),
        "ClientAssertionCredential, federated assertion": lambda: aio.ClientAssertionCredential(func=assertion, **APPLICATION),
        "AuthorizationCodeCredential": lambda: aio.AuthorizationCodeCredential(**APPLICATION, **secret, **authorization_code()),
        "OnBehalfOfCredential": lambda: aio.OnBehalfOfCredential(user_assertion=user_assertion(), **APPLICATION, **secret),
    }.items():
        report(PACKAGE, f"{operation}, asyncio", lambda: asyncio.run(in_asyncio(make())))
