"""Runs official Python SDKs, unmodified, against the emulator: one line of JSON for each operation.

Reads from the environment: EMULATOR (what `credential-emulator --json` printed). The certificate authority is given to
the SDKs' HTTP libraries by REQUESTS_CA_BUNDLE and SSL_CERT_FILE, as a user would.
"""

import asyncio
import threading
import webbrowser
from urllib.parse import parse_qsl, urlsplit

import msal
import requests
from azure.communication.chat import ChatClient, ChatParticipant, CommunicationTokenCredential
from azure.communication.chat import CommunicationUserIdentifier as ChatUser
from azure.communication.email import EmailClient
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
from azure.communication.phonenumbers import PhoneNumberCapabilities, PhoneNumbersClient
from azure.communication.rooms import CommunicationUserIdentifier, ParticipantRole, RoomParticipant, RoomsClient
from azure.communication.sms import SmsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    InteractiveBrowserCredential,
    OnBehalfOfCredential,
    UsernamePasswordCredential,
)
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from azure.mixedreality.authentication import MixedRealityStsClient
from azure.mixedreality.authentication.aio import MixedRealityStsClient as AsyncStsClient

import asynchronous
import challenges
import identities
import people
import rendering
from setting import (
    ACS,
    ARM_SCOPE,
    ENTRA,
    MR,
    ORIGIN,
    WRONG_KEY,
    accept,
    decide,
    refused,
    report,
    secret_credential,
    transport,
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

    def teams_user(client, user=ENTRA["user_object_id"]):
        scope = "https://auth.msft.communication.azure.com/Teams.ManageCalls"
        token = user_token(scope)
        assert client.get_token_for_teams_user(token, ENTRA["public_client_id"], user).token.count(".") == 2

    for name, make in clients.items():
        report(package, f"{name}: exchange a Teams user's token", lambda: teams_user(make()))
    other = lambda: teams_user(clients["access key"](), ENTRA["client_id"])
    report(package, "a Teams user's token in another's name is refused", lambda: refused(other, "InvalidAccessToken"))
    with_slash = CommunicationIdentityClient(ACS["endpoint"] + "/", AzureKeyCredential(ACS["primary_key"]))
    operation = "the SDK's own fault: an endpoint that ends in a slash is signed with it, which is refused"
    report(package, operation, lambda: refused(with_slash.create_user, "Denied"))
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


def user_token(scope):
    """The user's token, by device code."""
    app = msal.PublicClientApplication(
        ENTRA["public_client_id"], authority=f"{ORIGIN}/{ENTRA['tenant_id']}", instance_discovery=False
    )
    flow = app.initiate_device_flow([scope])
    decide(flow["user_code"])
    return app.acquire_token_by_device_flow(flow)["access_token"]


def both_ways(client):
    """The client by access key and by Entra, each with its name."""
    return {
        "access key": client.from_connection_string(ACS["connection_string"]),
        "Entra": client(ACS["endpoint"], secret_credential()),
    }.items()


def sms():
    package = "azure-communication-sms"

    def send(client):
        sent = client.send("+14255550123", ["+15550101", "5550102"], "hello", enable_delivery_report=True, tag="t")
        assert [(item.successful, item.http_status_code) for item in sent] == [(True, 202), (False, 400)], sent

    for name, client in both_ways(SmsClient):
        report(package, f"{name}: send to two", lambda: send(client))
    with_slash = SmsClient(ACS["endpoint"] + "/", AzureKeyCredential(ACS["primary_key"]))
    operation = "the SDK's own fault: an endpoint that ends in a slash is signed with it, which is refused"
    report(package, operation, lambda: refused(lambda: send(with_slash), "Denied"))
    wrong = SmsClient(ACS["endpoint"], AzureKeyCredential(WRONG_KEY))
    report(package, "wrong access key is refused", lambda: refused(lambda: send(wrong), "Denied"))


def email():
    package = "azure-communication-email"

    def message(sender):
        return {
            "senderAddress": sender,
            "recipients": {"to": [{"address": "ann@contoso.example", "displayName": "Ann"}]},
            "content": {"subject": "Hello", "plainText": "plain", "html": "<p>rich</p>"},
            "attachments": [{"name": "a.txt", "contentType": "text/plain", "contentInBase64": "aGVsbG8="}],
        }

    def send(client):
        result = client.begin_send(message("DoNotReply@contoso.example")).result()
        assert result["status"] == "Succeeded" and result["id"], result

    def not_linked(client):
        try:
            client.begin_send(message("me@contoso.invalid"))
        except HttpResponseError as error:
            assert error.status_code == 404 and error.error.code == "DomainNotLinked", str(error)
            return
        raise AssertionError("the emulator accepted what it must refuse")

    for name, client in both_ways(EmailClient):
        report(package, f"{name}: begin_send, poll to its end", lambda: send(client))
    report(package, "a domain that is not linked is refused with its code", lambda: not_linked(client))


def phone_numbers():
    package = "azure-communication-phonenumbers"

    def look(client):
        numbers = [item.phone_number for item in client.list_purchased_phone_numbers()]
        assert len(numbers) == 3 and client.get_purchased_phone_number(numbers[0]).phone_number == numbers[0]

    def search(client):
        poller = client.begin_search_available_phone_numbers(
            "US",
            "tollFree",
            "application",
            PhoneNumberCapabilities(calling="inbound", sms="inbound+outbound"),
            quantity=2,
            polling_interval=1,
        )
        assert len(poller.result().phone_numbers) == 2

    for name, client in both_ways(PhoneNumbersClient):
        report(package, f"{name}: list, get", lambda: look(client))
        report(package, f"{name}: search, poll to its end", lambda: search(client))


def rooms():
    package = "azure-communication-rooms"

    def lifecycle(client):
        user = CommunicationUserIdentifier("8:acs:conformance")
        room = client.create_room(participants=[RoomParticipant(communication_identifier=user)])
        assert client.get_room(room.id).valid_until == room.valid_until
        assert client.update_room(
            room_id=room.id, valid_from=room.valid_from, valid_until=room.valid_until, pstn_dial_out_enabled=True
        ).pstn_dial_out_enabled
        presenter = RoomParticipant(communication_identifier=user, role=ParticipantRole.PRESENTER)
        client.add_or_update_participants(room_id=room.id, participants=[presenter])
        assert [item.role for item in client.list_participants(room.id)] == [ParticipantRole.PRESENTER]
        client.remove_participants(room_id=room.id, participants=[user])
        assert not list(client.list_participants(room.id))
        assert room.id in [item.id for item in client.list_rooms()]
        client.delete_room(room.id)

    for name, client in both_ways(RoomsClient):
        report(package, f"{name}: create, get, update, participants, list, delete", lambda: lifecycle(client))


def chat():
    package = "azure-communication-chat"
    identity = CommunicationIdentityClient.from_connection_string(ACS["connection_string"])

    def client(scope="chat"):
        user, token = identity.create_user_and_token([scope])
        return user.properties["id"], ChatClient(ACS["endpoint"], CommunicationTokenCredential(token.token))

    def conversation():
        _, ann = client()
        bob_id, bob = client()
        participant = ChatParticipant(identifier=ChatUser(bob_id), display_name="Bob")
        created = ann.create_chat_thread("Plans", thread_participants=[participant])
        assert not created.errors, created.errors
        thread_id = created.chat_thread.id
        sent = ann.get_chat_thread_client(thread_id).send_message("hello", sender_display_name="Ann")
        received = bob.get_chat_thread_client(thread_id)
        assert [item.content.message for item in received.list_messages()] == ["hello"]
        assert received.get_message(sent.id).sender_display_name == "Ann"
        assert received.get_properties().topic == "Plans"
        assert [item.id for item in bob.list_chat_threads()] == [thread_id]
        ann.delete_chat_thread(thread_id)

    def revoked():
        user_id, ann = client()
        identity.revoke_tokens(ChatUser(user_id))
        refused(lambda: ann.create_chat_thread("Plans"), "Denied")

    def wrong_scope():
        try:
            client("voip")[1].create_chat_thread("Plans")
        except HttpResponseError as error:
            assert error.status_code == 403, str(error)
            return
        raise AssertionError("the emulator accepted what it must refuse")

    report(package, "user access token: threads and messages", conversation)
    report(package, "a revoked user access token is refused", revoked)
    report(package, "a user access token for calls only is refused", wrong_scope)


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


class Person(webbrowser.BaseBrowser):
    """The browser that SDKs open."""

    def open(self, url, new=0, autoraise=True):
        threading.Thread(target=self.visit, args=(url,), daemon=True).start()
        return True

    def visit(self, url):
        address, form = accept(url)
        requests.post(address, data=form) if form else requests.get(address)


def entra_users():
    package = "azure-identity"
    options = {"authority": ORIGIN, "disable_instance_discovery": True}
    user = {"client_id": ENTRA["public_client_id"], "tenant_id": ENTRA["tenant_id"], **options}
    application = {"client_id": ENTRA["client_id"], "tenant_id": ENTRA["tenant_id"], **options}
    certificate = ENTRA["client_certificate_pem"].encode()
    own_scope = f"api://{ENTRA['client_id']}/.default"

    def good(credential, scope=ARM_SCOPE):
        token = credential.get_token(scope).token
        assert token.count(".") == 2
        return token

    def by_password(password=ENTRA["user_password"]):
        return UsernamePasswordCredential(username=ENTRA["user_name"], password=password, transport=transport(), **user)

    def device_code(decision, **more):
        prompt = lambda uri, user_code, expires_on: decide(user_code, decision)
        return DeviceCodeCredential(prompt_callback=prompt, **{**user, **more})

    def silently_again():
        credential = device_code("approve")
        record = credential.authenticate(scopes=[ARM_SCOPE])
        assert record.username == ENTRA["user_name"] and record.tenant_id == ENTRA["tenant_id"], record
        # Another resource comes by the refresh token, without a prompt.
        credential._prompt_callback = None
        good(credential, "https://rest.media.azure.net/.default")

    def refused_for(work, code):
        try:
            work()
        except ClientAuthenticationError as error:
            assert code in str(error), str(error)
            return
        raise AssertionError("the emulator accepted what it must refuse")

    def browser(**more):
        webbrowser.register("person", None, Person("person"), preferred=True)
        good(InteractiveBrowserCredential(timeout=20, **{**user, **more}))

    def on_behalf_of(**proof):
        good(OnBehalfOfCredential(user_assertion=good(by_password(), own_scope), **application, **proof))

    def app_only_on_behalf_of():
        assertion = good(secret_credential(), own_scope)
        good(OnBehalfOfCredential(user_assertion=assertion, client_secret=ENTRA["client_secret"], **application))

    report(package, "DeviceCodeCredential", lambda: good(device_code("approve")))
    report(package, "DeviceCodeCredential at organizations", lambda: good(device_code("approve", tenant_id="organizations")))
    report(package, "DeviceCodeCredential, then another resource by refresh token", silently_again)
    report(package, "DeviceCodeCredential, denied", lambda: refused_for(lambda: good(device_code("deny")), "65004"))
    report(package, "InteractiveBrowserCredential", browser)
    report(package, "InteractiveBrowserCredential at common", lambda: browser(tenant_id="common"))
    report(package, "UsernamePasswordCredential", lambda: good(by_password()))
    report(package, "wrong password is refused with its AADSTS code", lambda: refused_for(lambda: good(by_password("x")), "AADSTS50126"))
    report(package, "OnBehalfOfCredential, client secret", lambda: on_behalf_of(client_secret=ENTRA["client_secret"]))
    report(package, "OnBehalfOfCredential, certificate", lambda: on_behalf_of(client_certificate=certificate))
    report(package, "on-behalf-of with an app-only token is refused", lambda: refused_for(app_only_on_behalf_of, "AADSTS7000114"))
    report(package, "CertificateCredential", lambda: good(CertificateCredential(certificate_data=certificate, **application)))
    report(
        package,
        "CertificateCredential with its chain",
        lambda: good(CertificateCredential(certificate_data=certificate, send_certificate_chain=True, **application)),
    )
    report(
        package,
        "ClientAssertionCredential with a wrong assertion is refused",
        lambda: refused_for(lambda: good(ClientAssertionCredential(func=lambda: "x", **application)), "AADSTS50027"),
    )


def msal_users():
    def application():
        return msal.PublicClientApplication(
            ENTRA["public_client_id"], authority=f"{ORIGIN}/{ENTRA['tenant_id']}", instance_discovery=False
        )

    def rotation():
        app = application()
        flow = app.initiate_device_flow([ARM_SCOPE])
        decide(flow["user_code"])
        answer = app.acquire_token_by_device_flow(flow)
        assert answer["id_token_claims"]["preferred_username"] == ENTRA["user_name"], answer
        (account,) = app.get_accounts()
        first = answer["access_token"]
        assert app.acquire_token_silent([ARM_SCOPE], account)["access_token"] == first
        for _ in range(3):
            again = app.acquire_token_silent([ARM_SCOPE], account, force_refresh=True)
            assert again and again["access_token"] != first and again["token_source"] == "identity_provider", again

    def code_flow(mode):
        app = application()
        flow = app.initiate_auth_code_flow([ARM_SCOPE], redirect_uri="http://localhost:8400", response_mode=mode)
        address, form = accept(flow["auth_uri"])
        answer = app.acquire_token_by_auth_code_flow(flow, form or dict(parse_qsl(urlsplit(address).query)))
        # MSAL has checked state and nonce.
        assert answer.get("access_token") and answer["id_token_claims"]["name"], answer

    def wrong_certificate():
        app = msal.ConfidentialClientApplication(
            ENTRA["unprivileged_client_id"],
            client_credential={"private_key": ENTRA["client_certificate_pem"], "public_certificate": PUBLIC},
            authority=f"{ORIGIN}/{ENTRA['tenant_id']}",
            instance_discovery=False,
        )
        answer = app.acquire_token_for_client([ARM_SCOPE])
        assert 700027 in answer["error_codes"], answer

    def sha1_thumbprint():
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        thumbprint = x509.load_pem_x509_certificate(PUBLIC.encode()).fingerprint(hashes.SHA1()).hex()
        app = msal.ConfidentialClientApplication(
            ENTRA["client_id"],
            client_credential={"private_key": ENTRA["client_certificate_pem"], "thumbprint": thumbprint},
            authority=f"{ORIGIN}/{ENTRA['tenant_id']}",
            instance_discovery=False,
        )
        answer = app.acquire_token_for_client([ARM_SCOPE])
        assert answer.get("access_token"), answer

    PUBLIC = ENTRA["client_certificate_pem"][ENTRA["client_certificate_pem"].index("-----BEGIN CERTIFICATE") :]
    report("msal", "device flow, its cache, three refreshes", rotation)
    report("msal", "authorization code with PKCE, query", lambda: code_flow("query"))
    report("msal", "authorization code with PKCE, form_post", lambda: code_flow("form_post"))
    report("msal", "certificate with RS256 and x5t", sha1_thumbprint)
    report("msal", "certificate of another application is refused", wrong_certificate)


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
sms()
email()
phone_numbers()
rooms()
chat()
entra()
entra_users()
msal_users()
webbrowser.register("person", None, Person("person"), preferred=True)
people.run()
mixed_reality()
asynchronous.run()
identities.run()
challenges.run()
rendering.run()
