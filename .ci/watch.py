"""Has Cargo Lambda serve the functions, and asks each contract through it what its users would.

    cargo build --bins
    .venv-deploy/bin/python .ci/watch.py target/debug/local

Needs the environment that `.ci/deploy-tools` makes. Cargo Lambda compiles a function at its first
request; with everything built before, it only starts it.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from urllib.parse import unquote

from program_log import ProgramLog
from smoke import PASSWORD, answered, equal, request

REPOSITORY = pathlib.Path(__file__).parent.parent
START_SECONDS = 60
JSON = {"content-type": "application/json"}
READY = re.compile(r"services listen on (http://\S+) .*\n.*\n.*header `(\S+): (basic \S+)`\n.*\n")


class Process:
    """A program with all that it starts, and what they write."""

    def __init__(self, command, **environment):
        self.log = ProgramLog()
        self.process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            # Cargo Lambda starts the functions in processes below its own.
            start_new_session=True,
        )

    def output(self):
        return self.log.text()

    def wait_until(self, ready):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            found = ready()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("it does not start")

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


@contextlib.contextmanager
def running(command, **environment):
    process = Process(command, **environment)
    try:
        yield process
    except BaseException:
        print(f"--- {command[0]} wrote\n{process.output()}---", file=sys.stderr)
        raise
    finally:
        process.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def check_contracts(api, services, tenant):
    """One request to each contract, and to each function that has routes."""

    def ask(method, path, body=None, **headers):
        return request(api, method, path, body, JSON | headers)

    account = {"username": "test1234", "password": PASSWORD, "email": "test1234@abc.com"}
    reply = ask("POST", "/api/v1/user/register", account)
    user = reply.body.get("user_id")
    answered(reply, 200, {"status": "success", "user_id": user})
    # A slash too many is the greedy route's.
    reply = ask("POST", "/api/v1/user/login/", account)
    equal((reply.status, reply.body["uid"]), (200, str(user)), "log-in")
    reply.cookie("sessionid")

    login = {"email": "test1234@abc.com", "password": PASSWORD}
    reply = ask("POST", "/user/signin", login)
    equal((reply.status, reply.body["user_id"]), (200, user), "sign-in at api_key")
    reply = ask("POST", "/users/sign_in", {"user": login})
    equal((reply.status, reply.body["user"]["id"]), (200, user), "sign-in at users")
    reply.cookie("_session")

    success = {"state": 200, "msg": "success"}
    answered(ask("POST", "/email/users", {"email": "eve@example.com", "password": PASSWORD}), 200, success)
    answered(ask("GET", "/phone/users/code?phone=%2B8613800138000"), 200, success)
    sms, mail = request(services, "GET", "/_local/outbox.json", None, {}).body
    equal((sms["to"], mail["to"]), ("+8613800138000", "eve@example.com"), "recipients")
    # The mail's link leads to Cargo Lambda.
    link = mail["links"][0]
    assert link.startswith(api + "/"), link
    # Cargo Lambda leaves a path as it came over the wire; the gateway undoes percent-encoding.
    answered(ask("GET", unquote(link.removeprefix(api))), 200, success)

    header, credentials = tenant
    # An empty segment: `fallback` hands it to `tenant`, by Cargo Lambda's own address for invocations.
    body = {"username": "partner@example.com", "password": PASSWORD}
    reply = ask("POST", "/api//user/signup", body, **{header: credentials})
    equal((reply.status, reply.body["message"]), (200, "register successfully"), "sign-up")
    assert reply.body["data"]["token"].startswith("eyJ"), "no token"

    reply = ask("GET", "/oauth/local/start")
    equal(reply.status, 302, "status of the way to the provider")
    assert reply.headers["location"].startswith(services + "/_local/provider/"), reply.headers["location"]

    answered(ask("GET", "/nothing"), 404, {"message": "Not Found"})
    reply = ask("PUT", "/users")
    equal((reply.status, reply.body["error"]["code"]), (405, 405), "wrong method")
    # What is nobody's is the function's to refuse, and not Cargo Lambda's to allow.
    other = {"origin": "https://other.example", "access-control-request-method": "POST"}
    reply = ask("OPTIONS", "/users", **other)
    equal(reply.headers["access-control-allow-origin"], None, "who may call from another site")


def check_invocation(port):
    """A stored event, by the command."""
    command = ["cargo", "lambda", "invoke", "--invoke-address", "127.0.0.1"]
    command += ["--invoke-port", str(port), "bounces", "--data-file", "events/bounces/bounce.json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=START_SECONDS)
    equal((done.returncode, json.loads(done.stdout or "0")), (0, None), f"answer to an event: {done.stderr}")


def main():
    [program] = sys.argv[1:]
    tools = str(pathlib.Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([tools, os.environ["PATH"]])
    port = free_port()
    api = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/env"
        command = [str(pathlib.Path(program).resolve()), "--services-only", "--env-file", file]
        command += ["--port", "0", "--dynamodb-port", "0"]
        where = {"PUBLIC_URL": api, "AWS_ENDPOINT_URL_LAMBDA": api}
        with running(command, **where) as started:
            ready = started.wait_until(lambda: READY.search(started.output()))
            services, *tenant = ready.groups()
            command = ["cargo", "lambda", "watch", "--env-file", file, "--ignore-changes"]
            command += ["--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
            with running(command) as watch:
                watch.wait_until(lambda: listens(port))
                check_contracts(api, services, tenant)
                print("each contract is served: ok", flush=True)
                check_invocation(port)
                print("a stored event is answered: ok", flush=True)


if __name__ == "__main__":
    main()
