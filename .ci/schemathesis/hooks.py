"""What Schemathesis cannot know of Atrium: how to sign in, and what a refusal looks like."""

import base64
import itertools
import os

import requests
import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

API = os.environ["ATRIUM_API"]
TENANT_HEADER = os.environ["ATRIUM_TENANT_HEADER"]
TENANT = os.environ["ATRIUM_TENANT"]
PASSWORD = "k9#Lw2!pQz"
REPLY_SECONDS = 30

numbers = itertools.count(1)


def ask(method, path, body, headers=None):
    reply = requests.request(
        method, API + path, json=body, headers=headers, timeout=REPLY_SECONDS, allow_redirects=False
    )
    assert reply.status_code == 200, f"{method} {path}: {reply.status_code} {reply.text}"
    return reply


def register():
    """Makes an account that every contract but `contact` by phone signs in to; says its names."""
    username = f"fuzzed.{next(numbers):06}"
    email = f"{username}@example.com"
    account = {"username": username, "password": PASSWORD, "email": email}
    assert ask("POST", "/api/v1/user/register", account).json()["status"] == "success"
    return username, email


def sign_in(scheme):
    """Has a new account sign in by a scheme of the document, and says what its client shows then."""
    username, email = register()
    given = {"email": email, "password": PASSWORD}
    tenants = {"username": email, "password": PASSWORD}
    if scheme == "token_of_client_app":
        header = {TENANT_HEADER: TENANT}
        token = ask("POST", "/api/user/signin", tenants, header).json()["data"]["token"]
        return {**header, "authorization": f"bearer {token}"}, {}
    if scheme == "tenant":
        return {TENANT_HEADER: TENANT}, {}
    path, body = {
        "sessionid": ("/api/v1/user/login", {"username": username, "password": PASSWORD}),
        "_session": ("/users/sign_in", {"user": given}),
        "token": ("/email/token", given),
        "connect.sid": ("/api/user/signin", tenants),
    }[scheme]
    return {}, {scheme: ask("POST", path, body).cookies[scheme]}


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Each request that can be signed in is, to an account of its own: by one alternative after the other
    where the document has several. Some of those are to show nothing."""

    turns = itertools.count()

    def get(self, case, _):
        alternatives = case.operation.definition.raw.get("security", [])
        if not alternatives:
            return None
        # The last of those that have to come together is what names the account.
        schemes = list(alternatives[next(self.turns) % len(alternatives)])
        return sign_in(schemes[-1]) if schemes else None

    def set(self, case, data, _):
        headers, cookies = data or ({}, {})
        case.headers = {**(case.headers or {}), **headers}
        case.cookies = {**(case.cookies or {}), **cookies}


def body_of(response):
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def is_refusal(response):
    """Whether the words are those of a refusal, also where its status is 200."""
    body = body_of(response)
    return body.get("status") == "failed" or body.get("state", 200) != 200


@schemathesis.check
def negative_data_is_refused(ctx, response, case):
    """The product's own words count: two contracts refuse with status 200."""
    if not is_refusal(response):
        negative_data_rejection(ctx, response, case)


def malformed(case, status):
    """The bodies by which the document says that a request is malformed."""
    reply = case.operation.definition.raw["responses"].get(str(status), {})
    examples = reply.get("content", {}).get("application/json", {}).get("examples", {})
    return [example["value"] for name, example in examples.items() if name == "malformed_request"]


def names_nobody(case):
    """Whether a sign-out by identifier has it nowhere, or in the query and in the body, but not the same: of
    two places no schema can speak."""
    if case.operation.definition.raw["operationId"] not in ["email_sign_out", "phone_sign_out"]:
        return False
    places = [place for place in (case.query, case.body) if isinstance(place, dict)]
    named = [place[name] for place in places for name in ("email", "phone") if name in place]
    return not named or named[0] != named[-1]


@schemathesis.check
def positive_data_is_well_formed(_, response, case):
    """What the document allows may be refused, but not as something that nothing could be."""
    if case.meta is None or not case.meta.generation.mode.is_positive or names_nobody(case):
        return
    said = body_of(response)
    said.pop("url", None)
    for words in malformed(case, response.status_code):
        words = {name: value for name, value in words.items() if name != "url"}
        assert said != words, f"what the document allows is called malformed: {response.text}"
