"""Kills the local server while a crowd writes, starts it on the same data, and sees what is left.

    python3 .ci/crash.py target/debug/local target/debug/admin [rounds]

Whatever was acknowledged has to be there. Whatever was under way has to be done or not done, and
trying again has to get there. The audit has to find nothing.
"""

import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from smoke import equal, serving

CLIENTS = 4
OLD, NEW = "tidy-otter-42", "calm-heron-77"
# What a client sees of a server that is killed.
GONE = (OSError, http.client.HTTPException)


class Account:
    """An account, and all that its client knows of it."""

    def __init__(self, name):
        self.name = name
        self.email = f"{name}@example.com"
        # The steps that were acknowledged, and the one that nobody answered.
        self.done = []
        self.pending = None
        self.session = None
        self.cookie = None

    def step(self, server, step):
        self.pending = step
        reply = getattr(self, step)(server)
        self.done.append(step)
        self.pending = None
        return reply

    def sign_up(self, server):
        body = {"username": self.name, "password": OLD, "email": self.email}
        reply = server.ask("POST", "/api/v1/user/register/", body)
        equal(reply.body["status"], "success", f"sign-up: {reply.body}")

    def sign_in(self, server):
        body = {"username": self.name, "password": OLD}
        reply = server.ask("POST", "/api/v1/user/login/", body)
        equal(reply.body["status"], "success", f"sign-in: {reply.body}")
        self.session = reply.cookie("sessionid")[0]

    def sign_out(self, server):
        reply = server.ask("POST", "/api/v1/user/logout/", {}, f"sessionid={self.session}")
        equal(reply.body["status"], "success", f"sign-out: {reply.body}")

    def arrive(self, server):
        reply = server.ask("POST", "/users/sign_in", {"user": self.credentials(OLD)})
        equal(reply.status, 200, f"status of {reply.body}")
        self.cookie = reply.cookie("_session")[0]

    def change(self, server):
        user = {"old_password": OLD, "new_password": NEW, "new_password_confirm": NEW}
        cookie = f"_session={self.cookie}"
        reply = server.ask("PATCH", "/users/password", {"user": user}, cookie)
        equal(reply.status, 200, f"status of {reply.body}")

    def delete(self, server):
        reply = server.ask("DELETE", "/users", {"user": self.credentials(NEW)})
        equal(reply.status, 200, f"status of {reply.body}")

    def credentials(self, password):
        return {"email": self.email, "password": password}

    def opens(self, server, password):
        reply = server.ask("POST", "/user/signin", self.credentials(password))
        assert reply.status in (200, 403), reply.body
        return reply.status == 200

    def check(self, server):
        """What was acknowledged is so; what was under way is so or not, and then can be had."""
        opened = [password for password in (OLD, NEW) if self.opens(server, password)]
        if self.pending == "sign_up" and not opened:
            self.step(server, "sign_up")
            opened = [OLD]
        possible = {True: [[NEW]], False: [[OLD]]}["change" in self.done]
        if "delete" in self.done:
            possible = [[]]
        elif self.pending == "delete":
            possible = [[NEW], []]
        elif self.pending == "change":
            possible = [[OLD], [NEW]]
        assert opened in possible, f"{self.done}, {self.pending}: {opened} and not {possible}"
        if "sign_out" in self.done:
            reply = server.ask("POST", "/api/v1/user/logout/", {}, f"sessionid={self.session}")
            equal(reply.body["status"], "failed", "a session that was signed out of")


STEPS = ["sign_up", "sign_in", "sign_out", "arrive", "change", "delete"]


def client(server, number, accounts, failures):
    """Lives through one account after the other until the server is gone."""
    for count in range(1_000_000):
        account = Account(f"client-{number}-{count:06}")
        accounts.append(account)
        # Not all of them are deleted in the end.
        for step in STEPS[: random.randint(1, len(STEPS))]:
            try:
                account.step(server, step)
            except GONE:
                return
            except Exception as failure:
                failures.append(f"{account.name}, {step}: {failure}")
                return


def crowd(server, round_):
    accounts = [[] for _ in range(CLIENTS)]
    failures = []
    threads = [
        threading.Thread(target=client, args=(server, f"{round_}{number}", mine, failures))
        for number, mine in enumerate(accounts)
    ]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.5, 2.5))
    server.process.kill()
    server.process.wait()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return [account for mine in accounts for account in mine]


def audit(server, admin):
    environment = os.environ | {
        "AWS_ENDPOINT_URL_DYNAMODB": server.dynamodb,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
    }
    # Deletions that were interrupted are finished, as an operator would.
    found = subprocess.run(
        [admin, "--json", "audit", "--repair"], env=environment, capture_output=True, text=True
    )
    equal(found.returncode, 0, f"exit code of the audit: {found.stdout}{found.stderr}")
    found = json.loads(found.stdout)
    equal((found["problems"], found["unfinished_deletions"]), ([], 0), "what the audit finds")
    return found


def main(program, admin, rounds):
    checked, under_way, repaired = 0, 0, 0
    with tempfile.TemporaryDirectory() as data:
        for round_ in range(rounds):
            with serving(program, "--quiet", "--data", data) as server:
                accounts = crowd(server, round_)
            with serving(program, "--quiet", "--data", data) as server:
                found = audit(server, admin)
                under_way += sum(account.pending is not None for account in accounts)
                for account in accounts:
                    account.check(server)
                checked += len(accounts)
                repaired += found["finished_deletions"]
                server.interrupt()
    print(f"killed {rounds} times; {checked} accounts, {under_way} requests under way,")
    print(f"{repaired} deletions to finish; nothing acknowledged is lost")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 5)
