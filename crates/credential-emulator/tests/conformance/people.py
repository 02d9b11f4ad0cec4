"""Users of several tenants: each signs in at home, and nobody where they are not known."""

import msal
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DeviceCodeCredential, InteractiveBrowserCredential, UsernamePasswordCredential

from setting import ARM_SCOPE, ENTRA, ORIGIN, decide, report, session, transport

CAROL = next(user for user in ENTRA["users"] if user["tenant_id"] != ENTRA["tenant_id"])
BOB = next(user for user in ENTRA["users"] if user["display_name"] == "Bob")
OPTIONS = {"client_id": ENTRA["public_client_id"], "authority": ORIGIN, "disable_instance_discovery": True}


def by_password(person, tenant):
    return UsernamePasswordCredential(
        username=person["name"], password=person["password"], tenant_id=tenant, transport=transport(), **OPTIONS
    )


def signed_in(credential, person):
    """Says that the SDK knows who signed in, and where that person is at home."""
    record = credential.authenticate(scopes=[ARM_SCOPE])
    assert record.username == person["name"] and record.tenant_id == person["tenant_id"], record
    assert record.home_account_id == f"{person['object_id']}.{person['tenant_id']}", record
    assert credential.get_token(ARM_SCOPE).token.count(".") == 2


def refused(credential, code):
    try:
        credential.get_token(ARM_SCOPE)
    except ClientAuthenticationError as error:
        assert code in str(error), str(error)
        return
    raise AssertionError("the emulator let in who is not known in the tenant")


def device_code(person):
    prompt = lambda uri, user_code, expires_on: decide(user_code, user=person["name"])
    return DeviceCodeCredential(prompt_callback=prompt, tenant_id="common", **OPTIONS)


def browser(person):
    return InteractiveBrowserCredential(timeout=20, tenant_id="organizations", login_hint=person["name"], **OPTIONS)


def msal_accounts():
    app = msal.PublicClientApplication(
        ENTRA["public_client_id"], authority=f"{ORIGIN}/organizations", instance_discovery=False, http_client=session()
    )
    for person in (BOB, CAROL):
        answer = app.acquire_token_by_username_password(person["name"], person["password"], [ARM_SCOPE])
        claims = answer["id_token_claims"]
        assert (claims["tid"], claims["oid"]) == (person["tenant_id"], person["object_id"]), claims
    for person in (BOB, CAROL):
        (account,) = app.get_accounts(username=person["name"])
        assert account["home_account_id"] == f"{person['object_id']}.{person['tenant_id']}", account
        answer = app.acquire_token_silent([ARM_SCOPE], account, force_refresh=True)
        assert answer["id_token_claims"]["preferred_username"] == person["name"], answer


def run():
    package = "azure-identity"
    home = CAROL["tenant_id"]
    report(package, "a second tenant's user: UsernamePasswordCredential", lambda: signed_in(by_password(CAROL, home), CAROL))
    at_organizations = lambda: signed_in(by_password(CAROL, "organizations"), CAROL)
    report(package, "a second tenant's user: UsernamePasswordCredential at organizations", at_organizations)
    elsewhere = lambda: refused(by_password(CAROL, ENTRA["tenant_id"]), "AADSTS50034")
    report(package, "a second tenant's user: refused in the first tenant", elsewhere)
    report(package, "a second tenant's user: DeviceCodeCredential at common", lambda: signed_in(device_code(CAROL), CAROL))
    report(package, "a second tenant's user: InteractiveBrowserCredential with a hint", lambda: signed_in(browser(CAROL), CAROL))
    report(package, "a second user of the first tenant: UsernamePasswordCredential", lambda: signed_in(by_password(BOB, ENTRA["tenant_id"]), BOB))
    report("msal", "two users of two tenants in one cache, refreshed each", msal_accounts)
