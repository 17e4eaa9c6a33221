"""Starts the local server, as a developer would, and asks it what its users would.

    python3 .ci/smoke.py target/debug/local
"""

import contextlib
import email
import email.policy
import functools
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

from program_log import ProgramLog

# A slow machine takes a while to start; nothing here waits that long unless something is wrong.
START_SECONDS = 60
STOP_SECONDS = 10
REPLY_SECONDS = 30

PASSWORD = "tidy-otter-42"
GREETING = re.compile(r"Atrium listens on (http://\S+) \(DynamoDB on (http://\S+)\)")


class Reply:
    def __init__(self, status, headers, content):
        self.status = status
        self.headers = headers
        self.content = content

    @functools.cached_property
    def body(self):
        return json.loads(self.content)

    def cookie(self, name):
        """The value and the attributes of a cookie that the reply sets."""
        for line in self.headers.get_all("set-cookie", []):
            value, *attributes = line.split("; ")
            if value.startswith(name + "="):
                return value.removeprefix(name + "="), attributes
        raise AssertionError(f"no cookie {name} in {self.headers.items()}")


class Server:
    """The server in a process of its own."""

    def __init__(self, program, *arguments):
        self.log = ProgramLog()
        self.process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def output(self):
        return self.log.text()

    def wait_until_it_listens(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            greeting = GREETING.search(self.output())
            if greeting:
                self.api, self.dynamodb = greeting.groups()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"it does not listen:\n{self.output()}")

    def ask(self, method, path, body=None, cookie=None):
        headers = {"content-type": "application/json"}
        if cookie:
            headers["cookie"] = cookie
        return request(self.api, method, path, body, headers)

    def interrupt(self):
        """Ctrl-C. It has to end by itself, soon, and without an error."""
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs {STOP_SECONDS} s after Ctrl-C") from None
        equal(code, 0, "exit code")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


@contextlib.contextmanager
def serving(program, *arguments):
    server = Server(program, "--port", "0", "--dynamodb-port", "0", *arguments)
    try:
        server.wait_until_it_listens()
        yield server
    except BaseException:
        print(f"--- the server's output\n{server.output()}---", file=sys.stderr)
        raise
    finally:
        server.close()


def request(base, method, path, body, headers):
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=REPLY_SECONDS)
    with contextlib.closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())


def equal(actual, expected, what):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def answered(reply, status, body):
    equal((reply.status, reply.body), (status, body), "reply")


def check_users(server):
    user = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}
    reply = server.ask("POST", "/users", {"user": user | {"password_confirm": PASSWORD}})
    equal(reply.status, 200, f"status of {reply.body}")
    shown = {"id": reply.body["user"]["id"], "name": "Ann", "email": "ann@example.com"}
    assert isinstance(shown["id"], int) and 0 < shown["id"] < 2**53, shown
    done = {"result": "Success", "url": "/users", "method": "POST", "user": shown}
    answered(reply, 200, done)

    del user["name"]
    reply = server.ask("POST", "/users/sign_in", {"user": user})
    answered(reply, 200, done | {"url": "/users/sign_in"})
    session, attributes = reply.cookie("_session")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes), attributes

    reply = server.ask("DELETE", "/users/sign_out", {}, f"_session={session}")
    answered(reply, 200, done | {"url": "/users/sign_out", "method": "DELETE"})
    return shown["id"]


def check_api_key(server, user_id):
    account = {"email": "ann@example.com", "password": PASSWORD}
    reply = server.ask("POST", "/user/signin", account)
    key = reply.body.get("api_key", "")
    assert re.fullmatch(r"[0-9a-f]{40,}", key), reply.body
    answered(reply, 200, {"api_key": key, "user_id": user_id})
    answered(server.ask("POST", "/user/signout", {"api_key": key}), 200, {})


def register(server):
    account = {"username": "test1234", "password": "12345678", "email": "test1234@abc.com"}
    reply = server.ask("POST", "/api/v1/user/register/", account)
    answered(reply, 200, {"status": "success", "user_id": reply.body.get("user_id")})
    return reply.body["user_id"]


def log_in(server, user_id):
    account = {"username": "test1234", "password": "12345678"}
    reply = server.ask("POST", "/api/v1/user/login/", account)
    known = {"username": "test1234", "email": "test1234@abc.com", "uid": str(user_id)}
    answered(reply, 200, {"status": "success"} | known)
    return reply.cookie("sessionid")[0]


def check_cookie(server):
    user_id = register(server)
    session = log_in(server, user_id)
    reply = server.ask("POST", "/api/v1/user/logout/", cookie=f"sessionid={session}")
    answered(reply, 200, {"status": "success", "uid": user_id})


def sent(server):
    """What was sent last."""
    return server.ask("GET", "/_local/outbox.json").body[0]


def check_raw_mail(server, message):
    """Python reads in the mail as it was sent what the outbox has read in it."""
    reply = server.ask("GET", f"/_local/outbox/{message['id']}.eml")
    equal(reply.status, 200, "status of the raw mail")
    equal(reply.headers["content-type"], "message/rfc822", "type of the raw mail")
    mail = email.message_from_bytes(reply.content, policy=email.policy.default)
    equal([part.defects for part in mail.walk()], [[], [], []], "defects of the mail")
    equal(mail.get_content_type(), "multipart/alternative", "type of the mail")
    parts = [
        (part.get_content_type(), part.get_content().replace("\r\n", "\n"))
        for part in mail.iter_parts()
    ]
    expected = [("text/plain", message["text"]), ("text/html", message["html"])]
    equal(parts, expected, "parts of the mail")
    for name in ["subject", "to"]:
        equal(mail.get_all(name), [message[name]], f"{name} of the mail")


def check_contact(server):
    success = {"state": 200, "msg": "success"}
    account = {"email": "eve@example.com", "password": PASSWORD}
    answered(server.ask("POST", "/email/users", account), 200, success)
    message = sent(server)
    check_raw_mail(server, message)
    link = urlsplit(message["links"][0])
    equal(f"{link.scheme}://{link.netloc}", server.api, "where the link leads")
    answered(server.ask("GET", link.path), 200, success)
    reply = server.ask("GET", f"/email/token?email=eve%40example.com&password={PASSWORD}")
    answered(reply, 200, success)
    reply.cookie("token")

    answered(server.ask("GET", "/phone/users/code?phone=%2B8613800138000"), 200, success)
    account = {"phone": "+8613800138000", "password": PASSWORD, "code": sent(server)["code"]}
    reply = server.ask("POST", "/phone/users", account)
    content = {"id": reply.body["content"]["id"], "phone": "+8613800138000"}
    answered(reply, 200, {"content": content} | success)


def check_unknown_paths(server):
    reply = server.ask("GET", "/user/nothing")
    answered(reply, 404, {"error_name": "not found"})
    reply = server.ask("GET", "/api/v1/user/nothing/")
    answered(reply, 404, {"status": "failed", "desc": "not found", "error_code": 111})
    reply = server.ask("GET", "/users/nothing/here")
    error = {"code": 404, "message": "Not Found"}
    failed = {"result": "Failed", "url": "/users/nothing/here", "method": "GET", "error": error}
    answered(reply, 404, failed)
    reply = server.ask("GET", "/users/1")
    error = {"code": 0, "message": "There is not this user."}
    answered(reply, 404, failed | {"url": "/users/1", "error": error})
    answered(server.ask("GET", "/nothing"), 404, {"message": "Not Found"})


def check_database(server):
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.ListTables",
        "x-amz-date": "20260101T000000Z",
        # It has to be there; the engine on a developer's machine lets anyone in.
        "authorization": "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0, "
        "Credential=local/20260101/us-east-1/dynamodb/aws4_request",
    }
    reply = request(server.dynamodb, "POST", "/", {}, headers)
    answered(reply, 200, {"TableNames": ["accounts", "tokens"]})


def contracts_are_served(program):
    with serving(program) as server:
        user_id = check_users(server)
        check_api_key(server, user_id)
        check_cookie(server)
        check_contact(server)
        check_unknown_paths(server)
        check_database(server)
        server.interrupt()


def open_connections_do_not_hold_it_up(program):
    with serving(program) as server:
        address = urlsplit(server.api)
        # A browser keeps both kinds: one that it has used, one that it may need.
        used = http.client.HTTPConnection(address.netloc, timeout=REPLY_SECONDS)
        used.request("GET", "/users/1")
        used.getresponse().read()
        fresh = socket.create_connection((address.hostname, address.port))
        with contextlib.closing(used), fresh:
            server.interrupt()


def data_outlives_a_restart(program):
    with tempfile.TemporaryDirectory() as directory:
        with serving(program, "--quiet", "--data", directory) as server:
            user_id = register(server)
            session = log_in(server, user_id)
            server.interrupt()
        with serving(program, "--quiet", "--data", directory) as server:
            log_in(server, user_id)
            reply = server.ask("POST", "/api/v1/user/logout/", cookie=f"sessionid={session}")
            answered(reply, 200, {"status": "success", "uid": user_id})
            server.interrupt()


def a_taken_port_is_named(program):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for flag, other in [("--port", "--dynamodb-port"), ("--dynamodb-port", "--port")]:
            with contextlib.closing(Server(program, flag, port, other, "0")) as server:
                equal(server.process.wait(START_SECONDS), 1, "exit code")
                clear = f"cannot listen on 127.0.0.1:{port}; choose another port with {flag}"
                assert clear in server.output(), server.output()


def main():
    [program] = sys.argv[1:]
    for check in [
        contracts_are_served,
        open_connections_do_not_hold_it_up,
        data_outlives_a_restart,
        a_taken_port_is_named,
    ]:
        started = time.monotonic()
        check(program)
        took = time.monotonic() - started
        print(f"{check.__name__.replace('_', ' ')}: ok, {took:.1f} s", flush=True)


if __name__ == "__main__":
    main()
