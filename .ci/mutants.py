"""Breaks passwords, tokens, limits and envelopes on purpose, in one place at a time, and counts the
breaks that no test notices. What it breaks is the last commit, in a copy.

    python3 .ci/mutants.py                   all of them; takes hours
    python3 .ci/mutants.py --shard 0/10      a tenth of each part; any other option of cargo-mutants

Each meets the tests that are about it, the quickest first. Ends with exit code 1 if more than one in twenty
lives. Installs cargo-mutants in `target/tools`.
"""

import dataclasses
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parent.parent
TOOLS = ROOT / "target" / "tools"
HOME = ROOT / "target" / "mutants"
COPY = HOME / "copy"
VERSION = "27.1.0"
# In percent.
LEAST = 95


@dataclasses.dataclass(frozen=True)
class Tests:
    """The package that has them, and what `cargo test` is to run of it."""

    package: str
    arguments: tuple


# Those of the broken crate itself.
OWN = Tests("shared", ("--lib",))


def whole(*names):
    return Tests("tests", ("--test=it", "--", *names))


@dataclasses.dataclass
class Part:
    """What is broken, and the tests that it meets. What a selection lets live meets the next."""

    files: list
    tests: list


PARTS = [
    Part(["password/*.rs"], [OWN, whole("uniform::", "users::", "credentials::")]),
    Part(["signed_token/*.rs"], [OWN, whole("tenant::", "keys::")]),
    Part(["credential.rs"], [OWN, whole("credentials::", "tenant::", "admin::")]),
    Part(["http/authorization.rs"], [OWN, whole("tenant::", "authorizer::")]),
    Part(
        ["directory/session.rs"],
        [whole("authorizer::", "credentials::"), whole("cookie::", "doors::", "email::", "tenant::", "users::")],
    ),
    Part(["directory/sign_in.rs"], [whole("limits::", "uniform::"), whole("credentials::", "doors::")]),
    Part(
        ["directory/budget.rs", "directory/guess.rs", "directory/known_address.rs", "store/counter.rs"],
        [
            whole("limits::"),
            OWN,
            whole("credentials::storage", "faults::what_meets", "phone::", "races::guesses", "tenant::budgets"),
        ],
    ),
    Part(["envelope/api_key.rs"], [whole("envelopes::", "api_key::"), whole("controls::")]),
    Part(["envelope/contact.rs"], [whole("envelopes::", "email::", "phone::"), whole("controls::")]),
    Part(["envelope/cookie.rs"], [whole("envelopes::", "cookie::"), whole("controls::")]),
    Part(["envelope/tenant.rs"], [whole("envelopes::", "tenant::"), whole("controls::")]),
    Part(["envelope/users.rs"], [whole("envelopes::", "users::"), whole("controls::")]),
]


def install():
    if not (TOOLS / "bin" / "cargo-mutants").exists():
        command = ["cargo", "install", "--quiet", "--locked", "--root", TOOLS, f"cargo-mutants@{VERSION}"]
        subprocess.run(command, check=True)


def copy():
    """Has the last commit in a place of its own, where what was compiled stays good from mutant to mutant."""
    if not COPY.exists():
        subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, COPY], check=True)
    for command in (["fetch", "--quiet", "origin", "HEAD"], ["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"]):
        subprocess.run(["git", "-C", COPY, *command], check=True)


def environment():
    path = f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "CARGO_TARGET_DIR": str(HOME / "target")}


@functools.cache
def must_pass(tests):
    """Runs tests with nothing broken, and tells after how many seconds they hang."""
    command = ["cargo", "test", "--quiet", "--locked", "--profile=mutants", f"--package={tests.package}"]
    subprocess.run([*command, "--no-run"], cwd=COPY, env=environment(), check=True)
    started = time.monotonic()
    subprocess.run([*command, *tests.arguments], cwd=COPY, env=environment(), check=True)
    return 30 + 5 * round(time.monotonic() - started)


def mutants(options, tests):
    """What became of each: the names, by outcome."""
    shutil.rmtree(HOME / "mutants.out", ignore_errors=True)
    command = [
        "cargo",
        "mutants",
        "--in-place",
        "--package=shared",
        f"--test-package={tests.package}",
        # Its own try would look for the tests in the broken package alone.
        "--baseline=skip",
        f"--timeout={must_pass(tests)}",
        f"--output={HOME}",
        "--profile=mutants",
        "--colors=never",
        "--no-shuffle",
        *options,
        "--",
        "--locked",
        *tests.arguments,
    ]
    status = subprocess.run(command, cwd=COPY, env=environment(), check=False).returncode
    # 2 is that some were missed, 3 that some took too long.
    if status not in (0, 2, 3):
        sys.exit(f"cargo-mutants ended with {status}")

    def named(outcome):
        names = HOME / "mutants.out" / f"{outcome}.txt"
        return names.read_text().splitlines() if names.exists() else []

    return {outcome: named(outcome) for outcome in ("caught", "missed", "timeout", "unviable")}


def tried(part, options):
    """How many of a part's mutants were noticed and do not compile, and those that live."""
    files = [f"--file=shared/src/{file}" for file in part.files]
    first, *others = part.tests
    found = mutants([*files, *options], first)
    noticed, unviable = len(found["caught"]) + len(found["timeout"]), len(found["unviable"])
    living = found["missed"]
    for tests in others:
        if not living:
            break
        found = mutants([*files, *(f"--re=^{re.escape(name)}$" for name in living)], tests)
        # No expression keeps cargo-mutants from leaving out fields: it has tried others, too.
        known = {*found["caught"], *found["timeout"]}
        left = [name for name in living if name not in known]
        noticed += len(living) - len(left)
        living = left
    return noticed, unviable, living


def main():
    install()
    copy()
    noticed, unviable, living = 0, 0, []
    for part in PARTS:
        of_part = tried(part, sys.argv[1:])
        noticed += of_part[0]
        unviable += of_part[1]
        living += of_part[2]
    count = noticed + len(living)
    for name in living:
        print(f"lives: {name}")
    print(f"{unviable} do not compile; of the others")
    print(f"{noticed} of {count} mutants were noticed, {100 * noticed / count:.1f} %")
    return 0 if noticed * 100 >= count * LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
