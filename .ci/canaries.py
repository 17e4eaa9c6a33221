"""Has the local server log all that it can, and looks for what nobody may read there.

    python3 .ci/canaries.py target/debug/local

Every password, code, token, identifier and secret that goes in or out is one that stands nowhere else
in the world, and is looked for in what the server prints and logs, in all the ways in which it could be
written there. The one exception is the line of the greeting that tells a developer the local tenant's
header.
"""

import base64
import functools
import http.client
import json
import os
import re
import secrets
import sys
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

from smoke import Reply, equal, request, sent, serving

TENANT = re.compile(r"A tenant's client app sends the header `(\S+): (basic \S+)`\n")
# By these names a value is secret, or says who somebody is, wherever it stands.
FIELDS = {
    "password", "password_confirm", "current_password", "old_password", "new_password",
    "new_password_confirm", "code", "state", "nonce", "code_challenge", "api_key", "email", "phone",
    "username", "name", "token",
}  # fmt: skip
# What is shorter could be there by chance.
SHORTEST = 6


def forms(value):
    """The value in small letters as it is, and as it may have been written."""
    raw = value.encode()
    quoted = json.dumps(value)[1:-1]
    written = {
        value, quoted, json.dumps(quoted)[1:-1], quote(value, safe=""), quote(value, safe="@"),
        quote_plus(value), raw.hex(), str(list(raw))[1:-1],
    }  # fmt: skip
    for before in range(3):
        # What depends on what stands around it is left out.
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        for encode in [base64.b64encode, base64.urlsafe_b64encode]:
            written.add(encode(b"\0" * before + raw).decode()[first:last])
    return {form.lower() for form in written if len(form) >= SHORTEST}


def holds(text, value):
    """Whether a text in small letters has the value. Digits count where they are a whole number."""
    for form in forms(value):
        if form.isdigit():
            if re.search(rf"(?<![0-9a-z]){form}(?![0-9a-z])", text):
                return True
        elif form in text:
            return True
    return False


class Canaries:
    """What was sent and handed out, by its value: what it is."""

    def __init__(self, server):
        self.server = server
        self.known = {}
        self.asked = 0

    def learn(self, fields):
        found = {}
        for name, value in fields:
            if isinstance(value, dict):
                found |= self.learn(value.items())
            elif name in FIELDS and isinstance(value, str) and len(value) >= SHORTEST:
                found[value] = name
        self.known |= found
        return found

    def ask(self, method, path, body=None, cookie=None, form=None, headers=None):
        """Asks, and learns what goes in and out. No reply repeats a secret of its request."""
        url = urlsplit(path)
        carried = self.learn(parse_qsl(url.query)) | self.learn((body or {}).items())
        carried |= self.learn(parse_qsl(form or ""))
        sent_headers = {"content-type": "application/json"} | (headers or {})
        if cookie:
            sent_headers["cookie"] = cookie
            carried |= self.learn([("token", cookie.split("=", 1)[1])])
        self.asked += not path.startswith("/_local/")
        reply = request(self.server.api, method, path, body, sent_headers)
        for line in reply.headers.get_all("set-cookie", []):
            self.learn([("token", line.split(";")[0].split("=", 1)[1])])
        self.learn(parse_qsl(urlsplit(reply.headers.get("location", "")).query))
        if reply.headers.get_content_type() == "application/json":
            handed_out = reply.body.get("api_key"), reply.body.get("data", {}).get("token")
            self.learn(("token", value) for value in handed_out)
        text = reply.content.decode().lower()
        for value, name in carried.items():
            if name not in ("email", "phone", "username", "name"):
                assert not holds(text, value), f"{method} {path} repeats a {name}: {text}"
        return reply

    def found(self, text):
        text = text.lower()
        return {value: name for value, name in self.known.items() if holds(text, value)}


def canary():
    """A password that every contract takes, and that the world has not seen."""
    return f"Kq#{secrets.token_hex(5)}!é"


def address():
    return f"canary-{secrets.token_hex(6)}@example.com"


def users(canaries):
    email, old, new = address(), canary(), canary()
    ask = canaries.ask

    def user(path, method="POST", cookie=None, **fields):
        return ask(method, path, {"user": fields}, cookie)

    name = f"Canary {secrets.token_hex(6)}"
    make = {"name": name, "email": email, "password": old, "password_confirm": old}
    equal(user("/users", **make).status, 200, "status")
    equal(user("/users", **make).status, 400, "status of a second sign-up")
    equal(user("/users/sign_in", email=email, password=new).status, 400, "status of a wrong one")
    reply = user("/users/sign_in", email=email, password=old)
    session, number = reply.cookie("_session")[0], reply.body["user"]["id"]
    cookie = f"_session={session}"
    equal(user("/users", "PATCH", cookie, name=f"{name} II").status, 200, "status of a new name")
    change = {"old_password": old, "new_password": new, "new_password_confirm": new}
    equal(user("/users/password", "PATCH", cookie, **change).status, 200, "status of a change")
    equal(ask("GET", f"/users/{number}").status, 200, "status of a profile")
    equal(ask("GET", f"/users/canary?email={quote(email)}").status // 100, 4, "status of none")
    reply = user("/users/sign_in", email=email, password=new)
    cookie = f"_session={reply.cookie('_session')[0]}"
    equal(ask("DELETE", "/users/sign_out", {}, cookie).status, 200, "status of a sign-out")
    ask("DELETE", "/users/sign_out", {}, cookie)
    return email, new


def api_key(canaries, email, password):
    account = {"email": email, "password": canary()}
    equal(canaries.ask("POST", "/user/signin", account).status, 403, "status of a wrong one")
    reply = canaries.ask("POST", "/user/signin", account | {"password": password})
    key = {"api_key": reply.body["api_key"]}
    for _ in range(2):
        canaries.ask("POST", "/user/signout", key)


def cookie(canaries):
    name, password = f"canary{secrets.token_hex(4)}", canary()
    account = {"username": name, "password": password, "email": address()}
    register = "/api/v1/user/register/"
    equal(canaries.ask("POST", register, account).body["status"], "success", "sign-up")
    equal(canaries.ask("POST", register, account).body["status"], "failed", "second sign-up")
    login = "/api/v1/user/login/"
    wrong = {"username": name, "password": canary()}
    equal(canaries.ask("POST", login, wrong).body["status"], "failed", "wrong password")
    reply = canaries.ask("POST", login, account)
    session = f"sessionid={reply.cookie('sessionid')[0]}"
    for expected in ["success", "failed"]:
        reply = canaries.ask("POST", "/api/v1/user/logout/", cookie=session)
        equal(reply.body["status"], expected, "sign-out")


def contact(canaries):
    ask, email, password = canaries.ask, address(), canary()
    equal(ask("POST", "/email/users", {"email": email, "password": password}).body["state"], 200, "mail")
    for link in sent(canaries.server)["links"]:
        canaries.learn([("token", urlsplit(link).path.rsplit("/", 1)[1])])
    activate, cancel = (urlsplit(link).path for link in sent(canaries.server)["links"])
    page = {"accept": "text/html"}
    for path in [activate, cancel]:
        equal(ask("GET", path, headers=page).status, 200, "status of a page")
    equal(ask("GET", activate).body["state"], 200, "the link")
    wrong = activate.rsplit("/", 1)[0] + "/" + secrets.token_hex(32)
    canaries.learn([("token", wrong.rsplit("/", 1)[1])])
    ask("GET", wrong)
    query = urlencode({"email": email, "password": password})
    token = ask("GET", f"/email/token?{query}").cookie("token")[0]
    wrong = {"email": email, "password": canary()}
    equal(ask("POST", "/email/token", wrong).body["state"], 404, "wrong password")
    ask("DELETE", f"/email/token?{urlencode({'email': email})}", cookie=f"token={token}")
    ask("POST", "/email/users", {"email": email, "password": password})

    phone = f"+86138{secrets.randbelow(10**8):08}"
    query = urlencode({"phone": phone})
    for state in [200, 402]:
        equal(ask("GET", f"/phone/users/code?{query}").body["state"], state, "code")
    code = sent(canaries.server)["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    account = {"phone": phone, "password": password, "code": wrong}
    assert ask("POST", "/phone/users", account).body["state"] != 200, "a wrong code"
    equal(ask("POST", "/phone/users", account | {"code": code}).body["state"], 200, "sign-up")
    token = ask("POST", "/phone/token", account).cookie("token")[0]
    ask("DELETE", f"/phone/token?{query}", cookie=f"token={token}")


def tenants(canaries, client, path, body=None, method="POST", **more):
    """Asks as this client of the contract, with more headers."""
    return canaries.ask(method, path, body, headers=client | more)


def tenant(canaries, header):
    name, basic = header
    account = {"username": address(), "password": canary()}
    secret = base64.b64decode(basic.split()[1]).decode().split(":")[1]
    canaries.learn([("token", basic.split()[1]), ("token", secret), ("token", wrong := canary())])
    wrong = "basic " + base64.b64encode(f"local:{wrong}".encode()).decode()
    for client in [{}, {name: basic}]:
        ask = functools.partial(tenants, canaries, client)
        account["username"] = address()
        reply = ask("/api/user/signup", account)
        equal(reply.status, 200, f"status of {reply.body}")
        equal(ask("/api/user/signup", account).status, 400, "status of a second sign-up")
        equal(ask("/api/user/signin", account | {"password": canary()}).status, 400, "status")
        reply = ask("/api/user/signin", account)
        if client:
            shown = {"authorization": f"bearer {reply.body['data']['token']}"}
        else:
            shown = {"cookie": f"connect.sid={reply.cookie('connect.sid')[0]}"}
        new = {"old_password": canary(), "new_password": canary()}
        ask("/api/user/update_password", new, "PUT", **shown)
        new["old_password"] = account["password"]
        equal(ask("/api/user/update_password", new, "PUT", **shown).status, 200, "status of a change")
        ask("/api/user/signout", **shown)
        equal(ask("/api/user/signout", **shown).status, 401, "status of a second sign-out")
    equal(canaries.ask("POST", "/api/user/signin", account, headers={name: wrong}).status, 401, "status")


def provider(canaries):
    start = canaries.ask("GET", "/oauth/local/start")
    place = urlsplit(start.headers["location"])
    form = f"{place.query}&subject=canary-{secrets.token_hex(8)}"
    canaries.learn([("token", form.rsplit("=", 1)[1])])
    back = post_form(canaries.server, "/_local/provider/authorize", form)
    equal(back.status, 303, "status of the provider")
    back = urlsplit(back.headers["location"])
    cookie = f"connect.sid={start.cookie('connect.sid')[0]}"
    for status in [400, 302]:
        # A wrong state first.
        state = "&state=" + secrets.token_hex(16) if status == 400 else ""
        query = re.sub(r"&?state=[^&]*", "", back.query) + state if state else back.query
        reply = canaries.ask("GET", f"{back.path}?{query}", cookie=cookie)
        equal(reply.status, status, "status of the way back")


def post_form(server, path, form):
    connection = http.client.HTTPConnection(urlsplit(server.api).netloc, timeout=30)
    connection.request("POST", path, form, {"content-type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    return Reply(response.status, response.headers, response.read())


def check(program):
    # Without colours, because their codes stand in the middle of what is searched.
    os.environ |= {"RUST_LOG": "trace", "NO_COLOR": "1"}
    with serving(program) as server:
        canaries = Canaries(server)
        email, password = users(canaries)
        api_key(canaries, email, password)
        cookie(canaries)
        contact(canaries)
        tenant(canaries, TENANT.search(server.output()).groups())
        provider(canaries)
        outbox = json.dumps(server.ask("GET", "/_local/outbox.json").body)
        server.interrupt()
        output = TENANT.sub("", server.output())

    # It is found where it does belong: addresses, links and codes in what was sent.
    assert {"email", "phone", "code", "token"} <= set(canaries.found(outbox).values()), outbox
    assert email in canaries.found(output + email), "nothing is found"
    lines = output.count(" outcome=")
    assert lines >= canaries.asked, f"{lines} lines for {canaries.asked} requests"
    assert " DEBUG " in output, "the log is not at its loudest"
    leaks = canaries.found(output)
    for value, name in leaks.items():
        shown = [line for line in output.splitlines() if holds(line.lower(), value)][:3]
        print(f"the log holds a {name}, {value}:\n  " + "\n  ".join(shown), file=sys.stderr)
    assert not leaks, f"{len(leaks)} of {len(canaries.known)} canaries are in the log"
    print(
        f"{len(canaries.known)} canaries in {canaries.asked} requests: none in "
        f"{len(output.splitlines())} lines of the log"
    )


if __name__ == "__main__":
    check(*sys.argv[1:])
