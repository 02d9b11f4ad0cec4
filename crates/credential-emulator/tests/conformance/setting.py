"""What the official Python SDKs are tried with: the emulator's values, and how a row is reported."""

import json
import os
import re
from html import unescape
from importlib.metadata import version

import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential

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


def decide(user_code, decision="approve", user=ENTRA["user_name"]):
    """What a person does at the page that the device names."""
    form = {"user_code": user_code, "decision": decision, "user": user}
    requests.post(f"{ORIGIN}/devicelogin", data=form).raise_for_status()


def accept(url):
    """What a person does who accepts at the sign-in page: where the browser goes then, and what it posts there."""
    answer = requests.post(url, data={"decision": "continue"}, allow_redirects=False)
    answer.raise_for_status()
    if answer.is_redirect:
        return answer.headers["location"], None
    (action,) = re.findall(r'<form method="post" action="([^"]*)">', answer.text)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    return unescape(action), {unescape(name): unescape(value) for name, value in fields}


class DefaultPort(requests.adapters.HTTPAdapter):
    """Leads the default port to the emulator's: MSAL asks there for a user's realm, whatever the authority's port."""

    def send(self, request, **arguments):
        request.url = request.url.replace("https://localhost/", f"{ORIGIN}/", 1)
        return super().send(request, **arguments)


def session():
    made = requests.Session()
    made.mount("https://localhost/", DefaultPort())
    return made


def transport():
    return RequestsTransport(session=session())
