"""Signs in through a certified OpenID provider, in a real browser: there, back, bound to a new
account, and signed in to it the next time.

    python .ci/oidc_flow.py target/debug/local

Needs `.ci/requirements-browser.txt`, Chromium or Chrome as `outbox_page.py` does, and Node.js with
what `npm ci` installs in `.ci/oidc`.
"""

import argparse
import contextlib
import json
import pathlib
import re
import secrets
import subprocess
import sys

from playwright.sync_api import expect, sync_playwright

from outbox_page import PASSWORD, QUIET, Server, browser_path, equal

FOLDER = pathlib.Path(__file__).parent / "oidc"
NAME = "certified"
USERNAME = "ann@example.com"
OTHER_PASSWORD = "brave-heron-77"
COOKIE = "connect.sid"
LOOPBACK = re.compile("http://(localhost|127[.]0[.]0[.]1):")

# As a page of the app would call.
CALL = """async ([method, path, body]) => {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(path, { method, headers, body: JSON.stringify(body) });
    return [reply.status, await reply.json()];
}"""


class Provider:
    """The provider in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["node", "provider.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.issuer = self.line()
        assert self.issuer.startswith("http://localhost:"), "the provider does not start"
        self.secret = secrets.token_urlsafe(32)

    def line(self):
        return self.process.stdout.readline().strip()

    def entry(self):
        """What Atrium has to know of it."""
        return {
            "name": NAME,
            "issuer": self.issuer,
            "client_id": "atrium",
            "client_secret": self.secret,
        }

    def serve(self, callback):
        """What it has to know of Atrium."""
        client = {
            "client_id": "atrium",
            "client_secret": self.secret,
            "redirect_uris": [callback],
        }
        self.process.stdin.write(json.dumps(client) + "\n")
        self.process.stdin.flush()
        assert self.line() == "ready", "the provider does not take its client"

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


class Person:
    """A browser that visits the provider and Atrium, and nothing else."""

    def __init__(self, browser, server, provider):
        self.context = browser.new_context(locale="en-GB")
        # The provider's page would have fonts of a third party.
        self.context.route(lambda url: not LOOPBACK.match(url), lambda route: route.abort())
        self.page = self.context.new_page()
        self.server = server
        self.provider = provider

    def start(self):
        self.page.goto(f"{self.server.base}/oauth/{NAME}/start")

    def token(self):
        [cookie] = [c for c in self.context.cookies(self.server.base) if c["name"] == COOKIE]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax", cookie
        return cookie["value"]

    def is_at_the_app(self):
        expect(self.page).to_have_url(f"{self.server.base}/")

    def call(self, method, path, body):
        return self.page.evaluate(CALL, [method, path, body])

    def says(self, method, path, body, message):
        status, reply = self.call(method, path, body)
        equal((status, reply.get("message")), (200, message), f"{method} {path}")
        return reply["data"]


def who_cancels_is_told_so(person):
    person.start()
    expect(person.page).to_have_url(re.compile(re.escape(person.provider.issuer) + "/interaction/"))
    person.page.get_by_role("link", name="Cancel").click()
    expect(person.page.get_by_role("heading")).to_have_text("You are not signed in")
    person.page.get_by_role("link", name="Back to the app").click()
    person.is_at_the_app()


def a_person_signs_in_at_the_provider_and_comes_back(person):
    person.start()
    on_the_way = person.token()
    assert re.fullmatch("[0-9a-f]{64}", on_the_way), on_the_way
    page = person.page
    page.get_by_placeholder("Enter any login").fill("ann")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    person.is_at_the_app()
    token = person.token()
    assert re.fullmatch("[0-9a-f]{64}", token) and token != on_the_way, token


def a_callback_does_not_count_twice(person):
    """Nor in the history of the browser."""
    token = person.token()
    person.page.goto(f"{person.server.base}/oauth/{NAME}/callback?code=x&state=x")
    expect(person.page.get_by_role("heading")).to_have_text("You are not signed in")
    person.page.get_by_role("link", name="Back to the app").click()
    person.is_at_the_app()
    equal(person.token(), token, "the cookie after a refused callback")


def they_sign_up_and_are_bound(person):
    account = {"username": USERNAME, "password": PASSWORD}
    made = person.says("POST", "/api/user/signup", account, "bind and register successfully")
    equal(made["username"], USERNAME, "username")
    person.id = made["id"]
    assert re.fullmatch("[0-9a-f]{80}", person.token()), person.token()


def they_sign_out(person):
    status, _ = person.call("POST", "/api/user/signout", {})
    equal(status, 200, "sign-out")


def the_next_time_they_are_signed_in(person):
    # The provider remembers them.
    person.start()
    person.is_at_the_app()
    assert re.fullmatch("[0-9a-f]{80}", person.token()), person.token()
    change = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    path = "/api/user/update_password"
    changed = person.says("PUT", path, change, "authenticate successfully")
    equal(changed["id"], person.id, "id")


def the_provider_for_development_takes_a_persons_word(person):
    page = person.page
    page.goto(f"{person.server.base}/oauth/local/start")
    page.get_by_label("Subject").fill("zoe")
    page.get_by_role("button", name="Sign in").click()
    person.is_at_the_app()
    assert re.fullmatch("[0-9a-f]{64}", person.token()), person.token()
    page.goto(f"{person.server.base}/oauth/local/start")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading")).to_have_text("You are not signed in")


CHECKS = [
    the_provider_for_development_takes_a_persons_word,
    who_cancels_is_told_so,
    a_person_signs_in_at_the_provider_and_comes_back,
    a_callback_does_not_count_twice,
    they_sign_up_and_are_bound,
    they_sign_out,
    the_next_time_they_are_signed_in,
]


def check(browser, program):
    with contextlib.closing(Provider()) as provider:
        environment = {"OAUTH_PROVIDERS": json.dumps([provider.entry()])}
        with contextlib.closing(Server(program, environment)) as server:
            provider.serve(f"{server.base}/oauth/{NAME}/callback")
            person = Person(browser, server, provider)
            for step in CHECKS:
                try:
                    step(person)
                except BaseException:
                    print(f"--- at {person.page.url}\n--- {server.output()}", file=sys.stderr)
                    raise
                print(f"{step.__name__.replace('_', ' ')}: ok", flush=True)
            person.context.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", help="the local server")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        check(browser, arguments.program)
        browser.close()


if __name__ == "__main__":
    main()
