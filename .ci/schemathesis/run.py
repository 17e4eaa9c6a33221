"""Sees whether the documents in `docs/openapi` are OpenAPI; then starts the local server, and has Schemathesis
ask it for all that its document has: no error of the server's, and no reply that the document does not
have.

    python .ci/schemathesis/run.py target/debug/local [options of `schemathesis run`]

For a longer run `--max-examples 1000`, for other requests `--seed` with a number of one's own.
Needs `.ci/requirements-schemathesis.txt`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import openapi_spec_validator

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from smoke import serving  # noqa: E402: its folder has to be known first

TENANT = re.compile(r"A tenant's client app sends the header `(\S+): (basic \S+)`")
SEED = "20261121"
EXAMPLES = "30"
# What one recipient, one tenant or everybody has of something. Used up, they would answer in the place of
# what is behind them. Those by client address the local server has raised already.
LIMITS = [
    "LIMIT_CODE_TRIES",
    "LIMIT_DISCLOSURES_PER_TENANT",
    "LIMIT_GUESSES_PER_ACCOUNT",
    "LIMIT_GUESSES_PER_TENANT",
    "LIMIT_MAILS_PER_RECIPIENT",
    "LIMIT_SIGN_UPS_PER_TENANT",
    "LIMIT_SMS_PER_DAY",
    "LIMIT_SMS_PER_NUMBER",
]
# Requests at a time. More than one would not be the same from run to run.
WORKERS = "1"


def are_openapi(documents):
    for path in documents:
        openapi_spec_validator.validate(json.loads(path.read_text()))
        print(f"{path.name} is OpenAPI", flush=True)


def main():
    are_openapi(sorted((FOLDER.parent.parent / "docs" / "openapi").iterdir()))
    program, *options = sys.argv[1:]
    os.environ.update(dict.fromkeys(LIMITS, "1000000"))
    with serving(program) as server:
        header, tenant = TENANT.search(server.output()).groups()
        environment = {
            **os.environ,
            "ATRIUM_API": server.api,
            "ATRIUM_TENANT_HEADER": header,
            "ATRIUM_TENANT": tenant,
        }
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            "schemathesis.toml",
            "run",
            f"{server.api}/_local/openapi.json",
            "--seed",
            SEED,
            "--max-examples",
            EXAMPLES,
            "--workers",
            WORKERS,
            *options,
        ]
        return subprocess.run(command, cwd=FOLDER, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
