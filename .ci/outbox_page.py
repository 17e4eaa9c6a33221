"""Looks at the outbox page in a real browser, as wide as a phone and as a desk's screen, and signs up
with what it shows.

    python .ci/outbox_page.py target/debug/local [--screenshots DIR]

Needs `.ci/requirements-browser.txt`, and Chromium or Chrome: the one that CHROMIUM names, or one on
the PATH.
"""

import argparse
import base64
import contextlib
import email.message
import email.policy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from playwright.sync_api import expect, sync_playwright

from program_log import ProgramLog

# A slow machine takes a while to start; nothing here waits that long unless something is wrong.
START_SECONDS = 60
REPLY_SECONDS = 30
# The page looks for messages every second.
ARRIVES_MS = 5_000

GREETING = re.compile(r"Atrium listens on (http://\S+) ")
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# Nothing but the page: no updates, no look at who else is on the network.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]

ANN = "ann@example.com"
BOB = "bob.with.a.rather.long.address+and-a-tag@mail.department.example.org"
PHONE = "+8613800138000"
PASSWORD = "tidy-otter-42"
CODE = "004213"

VIOLATIONS = """
    addEventListener("securitypolicyviolation", (event) =>
        console.error(`violated: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Server:
    """The server in a process of its own, and the endpoints that its functions send to."""

    def __init__(self, program, environment=None):
        self.log = ProgramLog()
        self.process = subprocess.Popen(
            [program, "--port", "0", "--dynamodb-port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        deadline = time.monotonic() + START_SECONDS
        while not (greeting := GREETING.search(self.output())):
            running = self.process.poll() is None
            if not running or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"it does not listen:\n{self.output()}")
            time.sleep(0.05)
        self.base = greeting[1]

    def output(self):
        return self.log.text()

    def close(self):
        """Ends it as a service manager would, which an open page must not hold up."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(REPLY_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise

    def ask(self, method, path, form=None):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        return self.send(urllib.request.Request(self.base + path, data, method=method))

    def post(self, path, body):
        """What an app of Atrium's sends, and what it gets."""
        headers = {"content-type": "application/json"}
        url, data = self.base + path, json.dumps(body).encode()
        return json.loads(self.send(urllib.request.Request(url, data, headers)))

    def send(self, request):
        with urllib.request.urlopen(request, timeout=REPLY_SECONDS) as response:
            return response.read()

    def outbox(self):
        return json.loads(self.ask("GET", "/_local/outbox.json"))

    def empty(self):
        self.ask("DELETE", "/_local/outbox.json")

    def mail(self, to, subject, text, html):
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"] = "Atrium <no-reply@atrium.example>"
        message["To"] = to
        message["Subject"] = subject
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        raw = base64.b64encode(message.as_bytes()).decode()
        self.ask("POST", "/_local/ses/", {"Action": "SendRawEmail", "RawMessage.Data": raw})

    def activation(self, to):
        link = f"{self.base}/email/users/active/{urllib.parse.quote(to)}/{'t0k3n' * 8}"
        not_me = f"{self.base}/email/users/refuse/{'n0t' * 12}"
        text = f"激活账号:\n\n{link}\n\nThis was not me:\n\n{not_me}\n"
        html = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Confirm</title></head>
            <body style="margin:0;padding:24px;font-family:sans-serif">
            <h1 style="font-size:22px;color:rgb(1, 2, 3)">Confirm your email address 激活</h1>
            <p><a href="{link}" style="display:inline-block;padding:12px 24px;background:#0b5cad;color:#fff">
            Activate the account</a></p><p><a href="{not_me}">This was not me</a></p></body></html>"""
        self.mail(to, "Confirm your email address for Atrium", text, html)
        return link, not_me

    def sms(self, to, text):
        form = {"Action": "Publish", "PhoneNumber": to, "Message": text}
        self.ask("POST", "/_local/sns/", form)

    def code(self):
        self.sms(PHONE, f"【Atrium】您的验证码是 {CODE}，10 分钟内有效。请勿告知他人。")


class Look:
    """The page in a browser window, and what it complains of."""

    def __init__(self, browser, server, width, height, scheme, shots):
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.add_init_script(VIOLATIONS)
        self.server = server
        self.narrow = width < 896
        self.shots = shots
        self.name = f"{width}x{height}-{scheme}"
        self.page = self.context.new_page()
        self.complaints = []
        self.requests = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{server.base}/_local/outbox")

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def row(self, to):
        return self.page.get_by_role("listitem").filter(has_text=to)

    def open(self, to):
        self.row(to).locator(".open").click()

    def clipboard(self):
        return self.page.evaluate("navigator.clipboard.readText()")

    def focused(self):
        return self.page.evaluate("document.activeElement.id")

    def shot(self, what):
        if self.shots:
            self.page.screenshot(path=self.shots / f"{self.name}-{what}.png")

    def fits(self):
        """Nothing makes the window scroll sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} px too wide"

    def is_content(self):
        assert not self.complaints, self.complaints


def equal(actual, expected, what):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def messages_appear_as_they_are_sent(look):
    page, server = look.page, look.server
    expect(page.locator("#heading")).to_have_text("No messages")
    expect(page.locator("#empty")).to_contain_text("Nothing has been sent yet")
    look.shot("empty")

    server.activation(ANN)
    expect(look.row(ANN)).to_contain_text("Confirm your email address", timeout=ARRIVES_MS)
    expect(page.get_by_role("status")).to_have_text(
        f"New Mail to {ANN}: Confirm your email address for Atrium"
    )
    server.code()
    expect(page.locator("#list li").first).to_contain_text(PHONE, timeout=ARRIVES_MS)
    server.activation(BOB)
    expect(page.locator("#heading")).to_have_text("3 messages", timeout=ARRIVES_MS)
    look.fits()
    look.shot("list")


def arrivals_disturb_nothing(look):
    page, server = look.page, look.server
    look.open(ANN)
    page.get_by_role("radio", name="Text").check()
    text = page.locator("#body .text")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#body .text'))")
    selected = page.evaluate("getSelection().toString()")
    assert "激活账号" in selected, selected
    focus = page.evaluate("document.activeElement.outerHTML")
    server.sms("+491701234567", "Hallo")
    status = page.get_by_role("status")
    expect(status).to_have_text("New SMS to +491701234567: Hallo", timeout=ARRIVES_MS)
    equal(page.evaluate("document.activeElement.outerHTML"), focus, "focus")
    equal(page.evaluate("getSelection().toString()"), selected, "selection")
    expect(text).to_contain_text("激活账号")
    page.get_by_role("radio", name="Rendered").check()
    page.get_by_role("button", name="Close").click()


def a_mail_is_rendered_and_its_text_shown(look):
    page = look.page
    look.open(ANN)
    equal(look.focused(), "subject", "focus")
    expect(page.locator("#subject")).to_have_text("Confirm your email address for Atrium")
    expect(page.locator("#to")).to_have_text(ANN)
    expect(look.page.locator(".open[aria-current]")).to_have_count(1)
    frame = page.frame_locator("#body iframe")
    heading = frame.get_by_role("heading", name="Confirm your email address 激活")
    expect(heading).to_be_visible()
    # Its own styles count.
    expect(heading).to_have_css("color", "rgb(1, 2, 3)")
    expect(page.locator("#messages")).to_be_visible(visible=not look.narrow)
    look.fits()
    look.shot("mail")

    with look.context.expect_page() as opened:
        frame.get_by_role("link", name="Activate the account").click()
    assert opened.value.url.startswith(f"{look.server.base}/email/users/active/"), opened.value
    opened.value.close()

    page.get_by_role("radio", name="Text").check()
    expect(page.locator("#body .text")).to_contain_text("激活账号:\n\nhttp://127.0.0.1:")
    look.fits()
    look.shot("text")
    page.get_by_role("radio", name="Rendered").check()
    expect(heading).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#message")).to_be_hidden()


def links_and_codes_are_copied_by_one_click(look):
    page = look.page
    [mail] = [message for message in look.server.outbox() if message["to"] == BOB]
    link, not_me = mail["links"]
    button = look.row(BOB).get_by_role("button", name="Copy link")
    button.click()
    expect(look.row(BOB).get_by_role("button", name="Copied")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("The link is copied.")
    look.shot("copied")
    equal(look.clipboard(), link, "clipboard")
    expect(button).to_be_visible(timeout=ARRIVES_MS)

    look.open(BOB)
    page.locator("#urls li").nth(1).get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("The link is copied.")
    equal(look.clipboard(), not_me, "clipboard")
    page.get_by_role("button", name="Close").click()

    look.row(PHONE).get_by_role("button", name=f"Copy {CODE}").click()
    expect(page.get_by_role("status")).to_have_text("The code is copied.")
    equal(look.clipboard(), CODE, "clipboard")
    page.evaluate("navigator.clipboard.writeText('')")
    look.open(PHONE)
    expect(page.locator("#body .text")).to_contain_text("您的验证码是")
    expect(page.locator("#views")).to_be_hidden()
    page.locator("#code").get_by_role("button", name="Copy code").click()
    expect(page.locator("#code").get_by_role("button", name="Copied")).to_be_visible()
    equal(look.clipboard(), CODE, "clipboard")
    look.fits()
    look.shot("sms")
    page.get_by_role("button", name="Close").click()


def a_browser_that_forbids_copying_is_reported(look):
    look.page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    look.row(BOB).get_by_role("button", name="Copy link").click()
    expect(look.row(BOB).get_by_role("button", name="Not copied")).to_be_visible()


def the_keyboard_is_enough(look):
    page = look.page
    page.locator("#filter").focus()
    first = page.locator("#list li").first.locator(".open")
    for expected in ["#clear", "#list li:nth-child(1) .open"]:
        page.keyboard.press("Tab")
        expect(page.locator(expected)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#subject")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#message")).to_be_hidden()
    expect(first).to_be_focused()

    look.open(ANN)
    page.get_by_role("radio", name="Rendered").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#body .text")).to_be_visible()
    look.shot("focus")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#body iframe")).to_be_visible()
    page.get_by_role("button", name="Close").click()


def recipients_are_filtered(look):
    page = look.page
    page.get_by_role("searchbox", name="Recipient").fill(" Bob ")
    expect(page.locator("#heading")).to_have_text("1 of 4 messages")
    expect(page.locator("#list li:visible")).to_have_count(1)
    expect(look.row(BOB)).to_be_visible()
    # What arrives is filtered too.
    look.server.sms(PHONE, "another")
    expect(page.locator("#heading")).to_have_text("1 of 5 messages", timeout=ARRIVES_MS)
    look.shot("filter")
    page.get_by_role("searchbox", name="Recipient").fill("nobody")
    expect(page.locator("#empty")).to_have_text("There is no message to “nobody”.")
    expect(page.get_by_role("status")).to_have_text("0 of 5 messages")
    page.get_by_role("searchbox", name="Recipient").fill("")
    expect(page.locator("#list li:visible")).to_have_count(5)


def a_page_that_nobody_sees_asks_nothing(look):
    page = look.page
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(500)
    look.requests.clear()
    page.wait_for_timeout(2_500)
    equal(look.requests, [], "requests")
    page.evaluate(hide, False)
    page.wait_for_timeout(2_500)
    # At once, then every second, and not twice as often for having been hidden.
    assert 2 <= len(look.requests) <= 3, look.requests


def clearing_empties_the_outbox(look):
    page = look.page
    look.open(ANN)
    if look.narrow:
        page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#heading")).to_have_text("No messages")
    expect(page.locator("#list li")).to_have_count(0)
    expect(page.locator("#message")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("The outbox is empty.")
    equal(look.server.outbox(), [], "outbox")


def a_message_that_goes_hands_its_focus_on(look):
    look.server.code()
    expect(look.row(PHONE)).to_be_visible(timeout=ARRIVES_MS)
    look.open(PHONE)
    equal(look.focused(), "subject", "focus")
    look.server.empty()
    expect(look.page.locator("#message")).to_be_hidden(timeout=ARRIVES_MS)
    equal(look.focused(), "heading", "focus")


def a_person_signs_up_by_mail(look):
    page, server = look.page, look.server
    account = {"email": "zoe@example.com", "password": PASSWORD}
    equal(server.post("/email/users", account), {"state": 200, "msg": "success"}, "reply")
    expect(look.row("zoe@example.com")).to_be_visible(timeout=ARRIVES_MS)
    look.open("zoe@example.com")
    with look.context.expect_page() as opened:
        page.frame_locator("#body iframe").get_by_role("link", name="Activate").first.click()
    activation = opened.value
    look.shot("real-mail")
    activation.get_by_role("button").click()
    expect(activation.get_by_role("heading")).to_have_text("Your account is active")
    activation.close()
    equal(server.post("/email/token", account)["state"], 200, "sign-in")
    page.get_by_role("button", name="Close").click()


def a_person_signs_up_by_sms(look):
    server = look.server
    server.ask("GET", f"/phone/users/code?phone={urllib.parse.quote(PHONE)}")
    expect(look.row(PHONE)).to_be_visible(timeout=ARRIVES_MS)
    look.row(PHONE).get_by_role("button", name="Copy").click()
    expect(look.row(PHONE).get_by_role("button", name="Copied")).to_be_visible()
    account = {"phone": PHONE, "password": PASSWORD, "code": look.clipboard()}
    equal(server.post("/phone/users", account)["state"], 200, "registration")
    equal(server.post("/phone/token", account)["state"], 200, "sign-in")


def a_hostile_mail_does_nothing(look):
    page = look.page
    mischief = f"""<script>top.document.title = "gone"</script>
        <img src="{look.server.base}/_local/outbox.svg" onerror="top.document.title = 'gone'">
        <meta http-equiv="refresh" content="0; url={look.server.base}/users/1">
        <form action="{look.server.base}/users/1"><button>Send</button></form><p>Mischief</p>"""
    subject = "<img src=x onerror=alert(1)>"
    text = "<b>Text</b> javascript:alert(1) http://a.example/"
    look.server.mail(ANN, subject, text, mischief)
    expect(look.row(ANN)).to_contain_text(subject, timeout=ARRIVES_MS)
    look.is_content()
    look.open(ANN)
    equal(page.locator("#urls a").all_inner_texts()[0], "http://a.example/", "link")
    expect(page.frame_locator("#body iframe").get_by_text("Mischief")).to_be_visible()
    look.requests.clear()
    page.frame_locator("#body iframe").get_by_role("button", name="Send").click()
    page.wait_for_timeout(1_500)
    equal(page.title(), "Outbox – Atrium", "title")
    strays = [url for url in look.requests if not url.endswith("/_local/outbox.json")]
    equal(strays, [], "requests")
    page.get_by_role("radio", name="Text").check()
    expect(page.locator("#body .text")).to_have_text(text)
    # What the browser says of all that, it says of the mail.
    assert look.complaints, "the browser let it all happen"
    about = [text for text in look.complaints if "/_local/outbox/" not in text]
    equal(about, [], "complaints about the page itself")
    look.complaints.clear()
    page.get_by_role("radio", name="Rendered").check()
    page.get_by_role("button", name="Close").click()


def a_server_that_is_gone_is_reported(look):
    look.server.close()
    expect(look.page.locator("#trouble")).to_be_visible(timeout=ARRIVES_MS)
    look.fits()
    look.shot("trouble")


CHECKS = [
    messages_appear_as_they_are_sent,
    a_mail_is_rendered_and_its_text_shown,
    links_and_codes_are_copied_by_one_click,
    arrivals_disturb_nothing,
    the_keyboard_is_enough,
    recipients_are_filtered,
    a_page_that_nobody_sees_asks_nothing,
    clearing_empties_the_outbox,
    a_message_that_goes_hands_its_focus_on,
    a_person_signs_up_by_mail,
    a_person_signs_up_by_sms,
]
# The browser complains during these, as it should.
LAST_CHECKS = [
    a_hostile_mail_does_nothing,
    a_server_that_is_gone_is_reported,
]


def run(check, look):
    started = time.monotonic()
    check(look)
    took = time.monotonic() - started
    print(f"{look.name}: {check.__name__.replace('_', ' ')}: ok, {took:.1f} s", flush=True)


def check_page(browser, program, width, height, scheme, shots):
    with contextlib.closing(Server(program)) as server:
        look = Look(browser, server, width, height, scheme, shots)
        try:
            for check in CHECKS:
                run(check, look)
                look.is_content()
            for check in LAST_CHECKS:
                run(check, look)
        except BaseException:
            look.shot("failed")
            print(f"--- complaints: {look.complaints}\n--- {server.output()}", file=sys.stderr)
            raise
        look.context.close()


def browser_path():
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or sys.exit(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", help="the local server")
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        for width, height, scheme in [(375, 812, "light"), (1280, 800, "dark")]:
            check_page(browser, arguments.program, width, height, scheme, arguments.screenshots)
        browser.close()


if __name__ == "__main__":
    main()
