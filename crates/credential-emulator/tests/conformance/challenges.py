"""Clients that say cp1 (continuous access evaluation): long-lived tokens, claims challenges of a service, revoked sessions."""

import asyncio
import base64
import re
import time

import msal
import requests
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest
from azure.identity import AuthenticationRequiredError, ClientSecretCredential, DeviceCodeCredential, UsernamePasswordCredential
from azure.identity import aio

from people import BOB
from setting import ACS, ARM_SCOPE, EMULATOR, ENTRA, ORIGIN, decide, report, secret_credential, session, transport

AMS = EMULATOR["ams"]
ACCOUNT = (
    f"{AMS['arm_endpoint']}/subscriptions/{AMS['subscription_id']}/resourceGroups/{AMS['resource_group']}"
    f"/providers/Microsoft.Media/mediaServices/{AMS['account_name']}?api-version=2021-11-01"
)
LONG = 20 * 3600


def control(path, body):
    mark = {"x-emulator-control": "conformance"}
    requests.post(f"{ORIGIN}/_emulator/{path}", json=body, headers=mark).raise_for_status()


def revoke(principal):
    next_second()
    control("revoke-sessions", {"principal": principal})


def next_second():
    """Tokens tell seconds apart and no less: what comes before and after a revocation must not share one."""
    time.sleep(1.1)


def row(package, operation, work):
    next_second()
    report(package, operation, work)


def last_request():
    return requests.get(f"{ORIGIN}/_emulator/state").json()["last_request"]


def since(number):
    """What the emulator was asked: path, status and refusal."""
    shown = requests.get(f"{ORIGIN}/_emulator/state?after={number}").json()["requests"]
    return [(one["path"], one["status"], one["refusal"] or "") for one in shown]


def ask(token):
    return requests.get(ACCOUNT, headers={"authorization": f"Bearer {token}"})


def serves(token):
    answer = ask(token)
    assert answer.status_code == 200, answer.text


def challenge(token):
    """The claims that the service demands of the bearer of a token that it does not take any more."""
    answer = ask(token)
    header = answer.headers["www-authenticate"]
    assert answer.status_code == 401 and 'error="insufficient_claims"' in header, header
    return base64.b64decode(re.search('claims="([^"]*)"', header).group(1)).decode()


def answered(principal, first, again):
    """A token of a client that says cp1 lives long, is challenged once revoked, and replaced by one that is served."""
    token, lifetime = first()
    assert lifetime > LONG, lifetime
    serves(token)
    revoke(principal)
    fresh, _ = again(challenge(token))
    assert fresh != token
    serves(fresh)


def of(token):
    return token.token, token.expires_on - time.time()


def of_msal(answer):
    assert "access_token" in answer, answer
    return answer["access_token"], answer["expires_in"]


def credentials():
    user = {"client_id": ENTRA["public_client_id"], "tenant_id": ENTRA["tenant_id"]}
    user |= {"authority": ORIGIN, "disable_instance_discovery": True}
    by_password = lambda: UsernamePasswordCredential(username=BOB["name"], password=BOB["password"], transport=transport(), **user)

    def credential(principal, make):
        one = make()
        first = lambda: of(one.get_token(ARM_SCOPE, enable_cae=True))
        answered(principal, first, lambda claims: of(one.get_token(ARM_SCOPE, claims=claims, enable_cae=True)))

    async def credential_async():
        async with secret_credential(aio.ClientSecretCredential) as one:
            token = await one.get_token(ARM_SCOPE, enable_cae=True)
            assert of(token)[1] > LONG
            serves(token.token)
            revoke(ENTRA["client_id"])
            fresh = await one.get_token(ARM_SCOPE, claims=challenge(token.token), enable_cae=True)
            assert fresh.token != token.token
            serves(fresh.token)

    def not_said():
        """Who does not say cp1 is not challenged, and has a token that ends soon."""
        token, lifetime = of(by_password().get_token(ARM_SCOPE))
        revoke(BOB["name"])
        assert lifetime < 2 * 3600
        serves(token)

    def revoked_session():
        prompt = lambda uri, user_code, expires_on: decide(user_code, user=BOB["name"])
        one = DeviceCodeCredential(prompt_callback=prompt, disable_automatic_authentication=True, **user)
        one.authenticate(scopes=[ARM_SCOPE], enable_cae=True)
        token = one.get_token(ARM_SCOPE, enable_cae=True).token
        revoke(BOB["name"])
        claims, before = challenge(token), last_request()
        try:
            one.get_token(ARM_SCOPE, claims=claims, enable_cae=True)
        except AuthenticationRequiredError as error:
            assert error.claims == claims
        else:
            raise AssertionError("a revoked session gave another token")
        assert any("AADSTS50173" in refusal for _, _, refusal in since(before)), "the refresh token was not refused"
        one.authenticate(scopes=[ARM_SCOPE], claims=claims, enable_cae=True)
        serves(one.get_token(ARM_SCOPE, enable_cae=True).token)

    package = "azure-identity"
    secret = lambda: secret_credential(ClientSecretCredential)
    row(package, "ClientSecretCredential with CAE: challenged, answers, is served", lambda: credential(ENTRA["client_id"], secret))
    row(package, "ClientSecretCredential with CAE, asyncio: challenged, answers, is served", lambda: asyncio.run(credential_async()))
    row(package, "UsernamePasswordCredential with CAE: challenged, answers, is served", lambda: credential(BOB["name"], by_password))
    row(package, "UsernamePasswordCredential without CAE: a short life, no challenge", not_said)
    row(package, "DeviceCodeCredential with CAE: a revoked session wants the user again", revoked_session)


def msal_applications():
    options = {"instance_discovery": False, "client_capabilities": ["CP1"], "authority": f"{ORIGIN}/{ENTRA['tenant_id']}"}

    def confidential():
        secret = ENTRA["client_secret"]
        app = msal.ConfidentialClientApplication(ENTRA["client_id"], client_credential=secret, **options)
        get = lambda claims=None: of_msal(app.acquire_token_for_client([ARM_SCOPE], claims_challenge=claims))
        answered(ENTRA["client_id"], get, get)

    def by_password():
        app = msal.PublicClientApplication(ENTRA["public_client_id"], http_client=session(), **options)
        user = (BOB["name"], BOB["password"], [ARM_SCOPE])
        get = lambda claims=None: of_msal(app.acquire_token_by_username_password(*user, claims_challenge=claims))
        answered(BOB["name"], get, get)

    def revoked_session():
        app = msal.PublicClientApplication(ENTRA["public_client_id"], http_client=session(), **options)
        token, _ = of_msal(app.acquire_token_by_username_password(BOB["name"], BOB["password"], [ARM_SCOPE]))
        (account,) = app.get_accounts()
        revoke(BOB["name"])
        answer = app.acquire_token_silent_with_error([ARM_SCOPE], account, claims_challenge=challenge(token))
        assert answer["error"] == "invalid_grant" and 50173 in answer["error_codes"], answer

    row("msal", "acquire_token_for_client with CP1: challenged, answers, is served", confidential)
    row("msal", "username and password with CP1: challenged, answers, is served", by_password)
    row("msal", "acquire_token_silent with CP1: a revoked session is refused", revoked_session)


def pipelines():
    """The SDKs' own pipeline answers the challenge: nobody has to do anything."""

    def core():
        policy = BearerTokenCredentialPolicy(secret_credential(), ARM_SCOPE, enable_cae=True)
        with PipelineClient(ORIGIN, policies=[policy]) as client:
            get = lambda: client.send_request(HttpRequest("GET", ACCOUNT)).raise_for_status()
            get()
            revoke(ENTRA["client_id"])
            before = last_request()
            get()
            check(before, "/subscriptions/", 200)

    async def core_async():
        async with secret_credential(aio.ClientSecretCredential) as credential:
            policy = AsyncBearerTokenCredentialPolicy(credential, ARM_SCOPE, enable_cae=True)
            async with AsyncPipelineClient(ORIGIN, policies=[policy]) as client:
                (await client.send_request(HttpRequest("GET", ACCOUNT))).raise_for_status()
                revoke(ENTRA["client_id"])
                before = last_request()
                (await client.send_request(HttpRequest("GET", ACCOUNT))).raise_for_status()
                check(before, "/subscriptions/", 200)

    def check(before, path, served):
        seen = [status for asked, status, _ in since(before) if asked.startswith(path)]
        assert seen == [401, served], seen

    def identity():
        """It does not say cp1, so that a challenge comes only when it is asked for; it answers all the same."""
        client = CommunicationIdentityClient(ACS["endpoint"], secret_credential())
        client.create_user()
        revoke(ENTRA["client_id"])
        client.create_user()
        control("faults", {"on": "POST /identities", "what": "insufficient-claims"})
        before = last_request()
        client.create_user()
        check(before, "/identities", 201)

    async def identity_async():
        async with secret_credential(aio.ClientSecretCredential) as credential:
            async with AsyncIdentityClient(ACS["endpoint"], credential) as client:
                await client.create_user()
                control("faults", {"on": "POST /identities", "what": "insufficient-claims"})
                before = last_request()
                await client.create_user()
                check(before, "/identities", 201)

    row("azure-core", "BearerTokenCredentialPolicy with CAE: answers a claims challenge by itself", core)
    row("azure-core", "asyncio, BearerTokenCredentialPolicy with CAE: the same", lambda: asyncio.run(core_async()))
    package = "azure-communication-identity"
    row(package, "Entra: does not say cp1 and is not challenged; answers a challenge all the same", identity)
    row(package, "asyncio, Entra: answers a claims challenge by itself", lambda: asyncio.run(identity_async()))


def run():
    credentials()
    msal_applications()
    pipelines()
