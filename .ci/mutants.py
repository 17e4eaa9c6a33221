"""Breaks passwords, tokens, limits and envelopes on purpose, in one place at a time, and counts the
breaks that no test notices. What it breaks is the last commit, in a copy.

    python3 .ci/mutants.py                   all of them; takes a night
    python3 .ci/mutants.py --shard 0/10      a tenth of each part; any other option of cargo-mutants

The tests of the crate `shared` come first, where it has some, because they are quick; what they let live
meets those tests of the whole that are about it. Ends with exit code 1 if more than one in twenty lives.
Installs cargo-mutants in `target/tools`.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
TOOLS = ROOT / "target" / "tools"
HOME = ROOT / "target" / "mutants"
COPY = HOME / "copy"
VERSION = "27.1.0"
# In percent.
LEAST = 95


@dataclasses.dataclass
class Part:
    """What is broken, and which tests of `tests/it` are about it."""

    files: list
    tests: list
    # Whether the crate has tests of its own for it.
    has_own: bool = False


PARTS = [
    Part(["password/*.rs"], ["uniform::", "users::", "credentials::"], has_own=True),
    Part(["signed_token/*.rs"], ["tenant::", "keys::"], has_own=True),
    Part(["credential.rs"], ["credentials::", "tenant::", "admin::"], has_own=True),
    Part(["http/authorization.rs"], ["tenant::", "authorizer::"], has_own=True),
    Part(["directory/session.rs"], ["credentials::", "authorizer::", "doors::", "users::", "cookie::", "email::"]),
    Part(["directory/sign_in.rs"], ["doors::", "uniform::", "limits::"]),
    Part(
        ["directory/budget.rs", "directory/guess.rs", "directory/known_address.rs", "store/counter.rs"],
        ["limits::", "phone::", "races::guesses"],
    ),
    Part(["envelope/api_key.rs"], ["api_key::", "envelopes::", "controls::"]),
    Part(["envelope/contact.rs"], ["email::", "phone::", "envelopes::", "controls::"]),
    Part(["envelope/cookie.rs"], ["cookie::", "envelopes::", "controls::"]),
    Part(["envelope/tenant.rs"], ["tenant::", "envelopes::", "controls::"]),
    Part(["envelope/users.rs"], ["users::", "envelopes::", "controls::"]),
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


def mutants(options, package, tests):
    """What became of each: the names, by outcome."""
    shutil.rmtree(HOME / "mutants.out", ignore_errors=True)
    command = [
        "cargo",
        "mutants",
        "--in-place",
        "--package=shared",
        f"--test-package={package}",
        f"--output={HOME}",
        "--colors=never",
        "--no-shuffle",
        *options,
        "--",
        "--locked",
        *tests,
    ]
    path = f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CARGO_TARGET_DIR": str(HOME / "target")}
    status = subprocess.run(command, cwd=COPY, env=environment, check=False).returncode
    # 2 is that some were missed, 3 that some took too long.
    if status not in (0, 2, 3):
        sys.exit(f"cargo-mutants ended with {status}")

    def named(outcome):
        names = HOME / "mutants.out" / f"{outcome}.txt"
        return names.read_text().splitlines() if names.exists() else []

    return {outcome: named(outcome) for outcome in ("caught", "missed", "timeout", "unviable")}


def tried(part, options):
    """How many of a part's mutants were noticed and do not compile, and those that live."""
    chosen = [*(f"--file=shared/src/{file}" for file in part.files), *options]
    noticed = unviable = 0
    if part.has_own:
        own = mutants(chosen, "shared", ["--lib"])
        noticed = len(own["caught"]) + len(own["timeout"])
        unviable = len(own["unviable"])
        if not own["missed"]:
            return noticed, unviable, []
        chosen = [f"--re=^{re.escape(name)}$" for name in own["missed"]]
    whole = mutants(chosen, "tests", ["--test", "it", "--", *part.tests])
    if part.has_own:
        # No expression keeps cargo-mutants from leaving out fields.
        whole = {outcome: [name for name in names if name in own["missed"]] for outcome, names in whole.items()}
    noticed += len(whole["caught"]) + len(whole["timeout"])
    return noticed, unviable + len(whole["unviable"]), whole["missed"]


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
