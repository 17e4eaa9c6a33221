"""What people and programs do with a deployed stack: a journey for each contract, from nothing to the
way out. Each takes the deployment, and names its own people, so that the journeys do not meet."""

import re
import urllib.parse

import jwt

from smoke import answered, equal

from .emulator import until

PASSWORD = "tidy-otter-42"
NEW_PASSWORD = "brave-heron-77"
PUBLIC_URL = "https://api.example.com"
SENDER = "no-reply@example.com"
SUCCESS = {"state": 200, "msg": "success"}
FORTNIGHT = 14 * 24 * 60 * 60


def signed_in(reply, name):
    """The cookie of a reply, as a browser sends it back. Browsers keep it to TLS and to themselves."""
    value, attributes = reply.cookie(name)
    wanted = {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", f"Max-Age={FORTNIGHT}"}
    equal(set(attributes), wanted, f"attributes of the cookie {name}")
    return f"{name}={value}"


def path_of(link):
    """The path of a link in a mail, which has to begin as the stack is told."""
    assert link.startswith(f"{PUBLIC_URL}/"), link
    return link.removeprefix(PUBLIC_URL)


def cookie(stack):
    account = {"username": "cookie1234", "password": PASSWORD, "email": "cookie@example.com"}
    reply = stack.ask("POST", "/api/v1/user/register/", account)
    user = reply.body.get("user_id")
    answered(reply, 200, {"status": "success", "user_id": user})
    assert isinstance(user, int) and 0 < user < 2**53, user

    wrong = {"username": "cookie1234", "password": NEW_PASSWORD}
    equal(stack.ask("POST", "/api/v1/user/login/", wrong).body["error_code"], 102, "error code")
    del account["email"]
    reply = stack.ask("POST", "/api/v1/user/login/", account)
    known = {"username": "cookie1234", "email": "cookie@example.com", "uid": str(user)}
    answered(reply, 200, {"status": "success"} | known)
    session = signed_in(reply, "sessionid")

    reply = stack.ask("POST", "/api/v1/user/logout/", {}, cookie=session)
    answered(reply, 200, {"status": "success", "uid": user})
    equal(stack.ask("POST", "/api/v1/user/logout/", {}, cookie=session).status, 401, "status")


def api_key(stack):
    """The contract makes no accounts: its people come through another door."""
    made = {"username": "key12345", "password": PASSWORD, "email": "key@example.com"}
    user = stack.ask("POST", "/api/v1/user/register", made).body["user_id"]

    wrong = {"email": "key@example.com", "password": NEW_PASSWORD}
    answered(stack.ask("POST", "/user/signin", wrong), 403, {"error_name": "does not match"})
    reply = stack.ask("POST", "/user/signin", wrong | {"password": PASSWORD})
    key = reply.body.get("api_key", "")
    assert re.fullmatch("[0-9a-f]{40,}", key), reply.body
    answered(reply, 200, {"api_key": key, "user_id": user})

    is_let_in(stack, {"x-api-key": key}, {"accountId": str(user), "contract": "api_key", "tenant": ""})
    answered(stack.ask("POST", "/user/signout", {"api_key": key}), 200, {})
    is_let_in(stack, {"x-api-key": key}, None)


def users(stack):
    user = {"email": "ann@example.com", "password": PASSWORD}
    made = user | {"name": "Ann", "password_confirm": PASSWORD}
    reply = stack.ask("POST", "/users", {"user": made})
    shown = {"id": reply.body.get("user", {}).get("id"), "name": "Ann", "email": "ann@example.com"}
    done = {"result": "Success", "url": "/users", "method": "POST", "user": shown}
    answered(reply, 200, done)

    reply = stack.ask("POST", "/users/sign_in", {"user": user})
    answered(reply, 200, done | {"url": "/users/sign_in"})
    session = signed_in(reply, "_session")

    changes = {"name": "Anne", "email": "anne@example.com"}
    reply = stack.ask("PATCH", "/users", {"user": changes}, cookie=session)
    shown |= changes
    answered(reply, 200, done | {"method": "PATCH", "user": shown})
    # Whom the account forgets is told.
    equal(stack.emulator.mail_to("ann@example.com")["Source"], SENDER, "sender")

    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    change |= {"new_password_confirm": NEW_PASSWORD}
    reply = stack.ask("PATCH", "/users/password", {"user": change}, cookie=session)
    answered(reply, 200, done | {"url": "/users/password", "method": "PATCH", "user": shown})
    equal(signed_in(reply, "_session"), session, "session")
    stack.emulator.mail_to("anne@example.com")

    place = f"/users/{shown['id']}"
    reply = stack.ask("GET", place)
    profile = {"name": "Anne", "upload_emoji": []}
    answered(reply, 200, done | {"url": place, "method": "GET", "user": profile})

    reply = stack.ask("DELETE", "/users/sign_out", {}, cookie=session)
    answered(reply, 200, done | {"url": "/users/sign_out", "method": "DELETE", "user": shown})
    equal(stack.ask("PATCH", "/users", {"user": changes}, cookie=session).status, 400, "status")

    gone = {"email": "anne@example.com", "password": NEW_PASSWORD}
    reply = stack.ask("DELETE", "/users", {"user": gone})
    answered(reply, 200, {"result": "Success", "url": "/users", "method": "DELETE"})
    equal(stack.ask("GET", place).status, 404, "status of a profile that is gone")


def email(stack):
    account = {"email": "eve@example.com", "password": PASSWORD}
    answered(stack.ask("POST", "/email/users", account), 200, SUCCESS)
    sign_in = f"/email/token?{urllib.parse.urlencode(account)}"
    answered(stack.ask("GET", sign_in), 200, {"state": 404, "msg": "email not exists"})

    mail = stack.emulator.mail_to("eve@example.com")
    equal(mail["Source"], SENDER, "sender")
    [active] = re.findall(r"https://\S+/email/users/active/\S+", mail["BodyText"])
    assert active in mail["BodyHtml"], mail["BodyHtml"]
    # A browser, or who scans mails, gets a page, and nothing happens.
    page = stack.ask("GET", path_of(active), accept="text/html")
    equal((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"), "page")
    answered(stack.ask("GET", sign_in), 200, {"state": 404, "msg": "email not exists"})
    answered(stack.ask("GET", path_of(active)), 200, SUCCESS)

    reply = stack.ask("GET", sign_in)
    answered(reply, 200, SUCCESS)
    session = signed_in(reply, "token")
    is_let_in(stack, {"cookie": session}, {"contract": "contact"})
    reply = stack.ask("DELETE", "/email/token?email=eve%40example.com", cookie=session)
    answered(reply, 200, SUCCESS)
    is_let_in(stack, {"cookie": session}, None)


def phone(stack):
    number = "+8613800138000"
    query = urllib.parse.urlencode({"phone": number})
    answered(stack.ask("GET", f"/phone/users/code?{query}"), 200, SUCCESS)
    [message] = until("an SMS", lambda: stack.emulator.text_messages_to(number))
    attributes = message["MessageAttributes"]
    kind = attributes["AWS.SNS.SMS.SMSType"]["StringValue"]
    price = attributes["AWS.SNS.SMS.MaxPrice"]["StringValue"]
    equal((kind, price), ("Transactional", "0.50"), "kind and highest price of the SMS")
    [code] = re.findall(r"\b\d{6}\b", message["Message"])

    account = {"phone": number, "password": PASSWORD}
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    reply = stack.ask("POST", "/phone/users", account | {"code": wrong})
    answered(reply, 200, {"state": 404, "msg": "wrong code"})
    reply = stack.ask("POST", "/phone/users", account | {"code": code})
    content = {"id": reply.body.get("content", {}).get("id"), "phone": number}
    answered(reply, 200, {"content": content} | SUCCESS)

    reply = stack.ask("POST", "/phone/token", account)
    answered(reply, 200, SUCCESS)
    session = signed_in(reply, "token")
    answered(stack.ask("DELETE", f"/phone/token?{query}", cookie=session), 200, SUCCESS)
    is_let_in(stack, {"cookie": session}, None)


def client_app(stack):
    """A partner's server, with the header that the operator hands out."""
    shop = stack.admin("tenant", "create", "--name", "Shop")
    name, credentials = shop["header"].split(": ")
    tenant = {name: credentials}
    user = {"username": "partner@example.com", "password": PASSWORD}

    refused = stack.ask("POST", "/api/user/signup", user, **{name: credentials[:-4] + "AAA="})
    answered(refused, 401, {"code": 401, "message": "tenant unauthenticated"})
    reply = stack.ask("POST", "/api/user/signup", user, **tenant)
    token, id = reply.body["data"]["token"], reply.body["data"]["id"]
    known = {"id": id, "username": "partner@example.com"}
    answered(reply, 200, {"data": known | {"token": token}, "message": "register successfully"})

    # The partner verifies it by the published keys alone.
    issuer = stack.ask("GET", "/.well-known/openid-configuration").body
    keys = f"{PUBLIC_URL}/.well-known/jwks.json"
    equal(issuer, {"issuer": PUBLIC_URL, "jwks_uri": keys}, "configuration")
    keys = jwt.PyJWKSet.from_dict(stack.ask("GET", "/.well-known/jwks.json").body)
    kid = jwt.get_unverified_header(token)["kid"]
    equal(kid, stack.admin("keys", "list")["keys"][0]["kid"], "key")
    claims = jwt.decode(
        token, keys[kid].key, algorithms=["RS256"], issuer=PUBLIC_URL, audience=shop["id"]
    )
    equal((claims["id"], claims["to"]), (id, shop["id"]), "claims")

    bearer = {"authorization": f"bearer {token}"}
    expected = {"accountId": id, "contract": "tenant", "tenant": shop["id"]}
    is_let_in(stack, bearer, expected)
    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    reply = stack.ask("PUT", "/api/user/update_password", change, **tenant, **bearer)
    answered(reply, 200, {"data": known, "message": "authenticate successfully"})
    out = {"data": {}, "message": "sign out successfully"}
    answered(stack.ask("POST", "/api/user/signout", **tenant, **bearer), 200, out)
    dead = {"code": 401, "message": "user unauthenticated"}
    answered(stack.ask("POST", "/api/user/signout", **tenant, **bearer), 401, dead)
    is_let_in(stack, bearer, None)


def web_app(stack):
    user = {"username": "web@example.com", "password": PASSWORD}
    reply = stack.ask("POST", "/api/user/signup", user)
    known = {"id": reply.body.get("data", {}).get("id"), "username": "web@example.com"}
    answered(reply, 200, {"data": known, "message": "register successfully"})
    other = signed_in(stack.ask("POST", "/api/user/signin", user), "connect.sid")
    session = signed_in(reply, "connect.sid")

    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    reply = stack.ask("PUT", "/api/user/update_password", change, cookie=session)
    answered(reply, 200, {"data": known, "message": "authenticate successfully"})
    session = signed_in(reply, "connect.sid")
    stack.emulator.mail_to("web@example.com")
    # Every other session is over, and so is the former password.
    is_let_in(stack, {"cookie": other}, None)
    wrong = {"message": "credentials invalid"}
    answered(stack.ask("POST", "/api/user/signin", user), 400, wrong)

    out = {"data": {}, "message": "sign out successfully"}
    answered(stack.ask("POST", "/api/user/signout", cookie=session), 200, out)
    equal(stack.ask("POST", "/api/user/signout", cookie=session).status, 401, "status")


def identity(stack, provider):
    """To an OpenID provider and back, bound to a new account, and signed in to it the next time."""
    for message, mails in [("bind and register successfully", 1), (None, 1)]:
        reply = stack.ask("GET", "/oauth/certified/start")
        equal(reply.status, 302, "status of the way there")
        visit = f"connect.sid={reply.cookie('connect.sid')[0]}"
        callback = path_of(provider.authorize(reply.headers["location"]))
        reply = stack.ask("GET", callback, cookie=visit)
        equal((reply.status, reply.headers["location"]), (302, PUBLIC_URL), "the way back")
        session = f"connect.sid={reply.cookie('connect.sid')[0]}"
        if message:
            user = {"username": "oauth@example.com", "password": PASSWORD}
            reply = stack.ask("POST", "/api/user/signup", user, cookie=session)
            equal((reply.status, reply.body["message"]), (200, message), "binding")
            id = reply.body["data"]["id"]
        else:
            is_let_in(stack, {"cookie": session}, {"accountId": id, "contract": "tenant"})
        equal(len(stack.emulator.mails_to("oauth@example.com")), mails, "notices")
    again = stack.ask("GET", callback, cookie=visit)
    answered(again, 400, {"message": "oauth request illigal"})


def is_let_in(stack, headers, expected):
    """Asks an API of another team, which has Atrium's function as its authorizer."""
    reply = stack.ask("GET", "/anything", api=stack.guarded, **headers)
    if expected is None:
        answered(reply, 403, {"message": "Forbidden"})
        return
    equal(reply.status, 200, f"status of {reply.content[:200]}")
    context = reply.body["requestContext"]["authorizer"]["lambda"]
    equal({name: context[name] for name in expected}, expected, "what the authorizer passes on")
