"""Breaks passwords, tokens, limits and envelopes on purpose, in one place at a time, and counts the
breaks that no test notices.

    python3 .ci/mutants.py                   all of them; takes a night
    python3 .ci/mutants.py --shard 0/10      a tenth of them; any other option of cargo-mutants

`.cargo/mutants.toml` names the files. The tests of the crate `shared` come first, because they are quick;
what they let live meets those tests of the whole that are about it. Ends with exit code 1 if more than one
in twenty lives. Installs cargo-mutants in `target/tools`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
TARGET = ROOT / "target"
TOOLS = TARGET / "tools"
VERSION = "27.1.0"
# In percent.
LEAST = 95

# The tests of `tests/it` that are about what is broken.
ABOUT = [
    "admin::",
    "authorizer::",
    "controls::",
    "cookie::",
    "credentials::",
    "doors::",
    "envelopes::",
    "limits::",
    "phone::guesses",
    "races::guesses",
    "tenant::",
    "uniform::",
    "users::",
]


def install():
    if not (TOOLS / "bin" / "cargo-mutants").exists():
        command = ["cargo", "install", "--quiet", "--locked", "--root", TOOLS, f"cargo-mutants@{VERSION}"]
        subprocess.run(command, check=True)


def mutants(name, options, tests):
    """What became of each: its name, by outcome."""
    folder = TARGET / "mutants" / name
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        "cargo",
        "mutants",
        "--package=shared",
        f"--output={folder}",
        "--colors=never",
        "--no-shuffle",
        *options,
        "--",
        "--locked",
        *tests,
    ]
    path = f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # One place for what is compiled: each copy of the sources would compile the dependencies anew.
    environment = {**os.environ, "PATH": path, "CARGO_TARGET_DIR": str(TARGET / "mutants" / "target")}
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    # 2 is that some were missed, 3 that some took too long.
    if status not in (0, 2, 3):
        sys.exit(f"cargo-mutants ended with {status}")
    results = folder / "mutants.out"
    return {
        outcome: (results / f"{outcome}.txt").read_text().splitlines()
        for outcome in ("caught", "missed", "timeout", "unviable")
    }


def main():
    install()
    first = mutants("first", ["--test-package=shared", *sys.argv[1:]], ["--lib"])
    killed = len(first["caught"]) + len(first["timeout"])
    survivors = first["missed"]
    if survivors:
        these = [f"--re=^{re.escape(name)}$" for name in survivors]
        second = mutants("second", ["--test-package=tests", *these], ["--test", "it", "--", *ABOUT])
        killed += len(second["caught"]) + len(second["timeout"])
        survivors = second["missed"]
    tried = killed + len(survivors)
    for name in survivors:
        print(f"lives: {name}")
    print(f"{len(first['unviable'])} do not compile; of the others")
    print(f"{killed} of {tried} mutants were noticed, {100 * killed / tried:.1f} %")
    return 0 if killed * 100 >= tried * LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
