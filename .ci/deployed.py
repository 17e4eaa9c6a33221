"""Asks a deployed stack a few questions that change nothing, and compares the answers.

    python3 .ci/deployed.py https://api.example.com

Needs no account, and writes nothing but counters.
"""

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

# The first request to a function waits for its start.
REPLY_SECONDS = 30
ATTEMPTS = 3

# Method, path, body, status, and what the body has to hold: one route of each function, a slash too
# many, and what is nobody's.
QUESTIONS = [
    ("POST", "/user/signin", {}, 403, {"error_name": "lack of parameters"}),
    ("POST", "/user/signin/", {}, 403, {"error_name": "lack of parameters"}),
    ("POST", "/api/v1/user/logout", {}, 401, {"status": "failed", "error_code": 101}),
    ("POST", "/api/v1/user/logout/", {}, 401, {"status": "failed", "error_code": 101}),
    ("GET", "/users/1", None, 404, {"result": "Failed", "url": "/users/1"}),
    ("PUT", "/users", {}, 405, {"result": "Failed", "method": "PUT"}),
    ("POST", "/email/token", {}, 200, {"state": 400}),
    ("POST", "/phone/token", {}, 200, {"state": 400}),
    ("POST", "/api/user/signin", {}, 400, {"message": "username empty"}),
    ("GET", "/.well-known/openid-configuration", None, 200, {}),
    ("GET", "/oauth/nobody/start", None, 404, {}),
    # As one of the contracts prints it. Which of the gateway and the function `fallback` takes the
    # slash away does not matter.
    ("POST", "/api//user/signup", {}, 400, {"message": "username empty"}),
    ("GET", "//users/1", None, 404, {"result": "Failed"}),
    ("GET", "/nobody", None, 404, {"message": "Not Found"}),
]


def ask(base, method, path, body):
    address = urlsplit(base)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=REPLY_SECONDS)
    try:
        content = None if body is None else json.dumps(body)
        headers = {} if body is None else {"content-type": "application/json"}
        connection.request(method, address.path.rstrip("/") + path, content, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


def wrong(base, method, path, body, status, expected):
    """What is wrong with the answer, if something is."""
    try:
        found, text = ask(base, method, path, body)
    except OSError as error:
        return f"no answer: {error}"
    if found != status:
        return f"{found} instead of {status}: {text[:200]}"
    try:
        answer = json.loads(text)
    except ValueError:
        return f"no JSON: {text[:200]}"
    missing = {name: value for name, value in expected.items() if answer.get(name) != value}
    return f"{text[:200]} has not {missing}" if missing else None


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    base = sys.argv[1]
    failed = 0
    for question in QUESTIONS:
        for attempt in range(ATTEMPTS):
            trouble = wrong(base, *question)
            if not trouble:
                break
            time.sleep(2 * attempt)
        failed += bool(trouble)
        print(f"{'not ' if trouble else ''}ok {question[0]} {question[1]}" + (f": {trouble}" if trouble else ""))
    if failed:
        raise SystemExit(f"{failed} of {len(QUESTIONS)} answers are wrong.")


if __name__ == "__main__":
    main()
