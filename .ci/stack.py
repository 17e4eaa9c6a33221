"""Deploys what `sam build` has built onto an emulator of AWS on this machine, and uses the stack as
people and programs would: a journey for each contract, by HTTP through the API.

    .venv-stack/bin/python .ci/stack.py target/debug/admin

Needs `.ci/deploy-tools --with-stack`, `sam build --parameter-overrides Architecture=x86_64`, and a
Linux machine of that kind.
"""

import contextlib
import json
import pathlib
import sys
import tempfile
import time

import deployed
from smoke import equal
from stack import emulator, gaps, journeys, operation, provider
from stack.deployment import BUILT, ROOT, Deployment

NAME = "atrium-dev"
PARAMETERS = {
    "Stage": "dev",
    "Architecture": "x86_64",
    "Emulated": "true",
    "PublicUrl": journeys.PUBLIC_URL,
    "MailFrom": journeys.SENDER,
    "MailDomain": "example.com",
}
JOURNEYS = (
    journeys.cookie,
    journeys.api_key,
    journeys.users,
    journeys.email,
    journeys.phone,
    journeys.client_app,
    journeys.web_app,
)
CHECKS = (
    operation.mails_come_back,
    operation.clients_have_addresses,
    operation.directory_is_sound,
    operation.logs_hold_nothing_of_people,
    operation.nothing_listens_beyond_this_machine,
    operation.settings_change,
    operation.prod_is_protected,
    operation.what_must_not_be_lost_stays,
)


@contextlib.contextmanager
def step(name):
    """Says what was done, and how long it took."""
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"not ok {name}", flush=True)
        raise
    print(f"ok {name}, {time.monotonic() - started:.1f} s", flush=True)


@contextlib.contextmanager
def logs_if_it_fails(stack):
    """Shows what the functions have written last if something is wrong."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            for group, line in list(stack.log_lines())[-80:]:
                print(f"{group}: {line}", file=sys.stderr)
        raise


def use(stack, certified):
    with step("sam deploy"):
        stack.make_bucket()
        stack.deploy("CREATE_COMPLETE")
    with step("what the emulator leaves out"):
        gaps.make_routes(stack)
        gaps.empty_secrets(stack)
        gaps.mend_policies(stack)
    with step("the operator makes keys, and names a provider"):
        stack.admin("keys", "rotate")
        providers = json.dumps({"providers": [certified.entry("certified")]})
        stack.service("secretsmanager").put_secret_value(
            SecretId=stack.outputs["ProvidersSecret"], SecretString=providers
        )
    with step("another team attaches the authorizer"):
        stack.guard()
    for journey in JOURNEYS:
        with step(f"journey: {journey.__name__}"):
            journey(stack)
    with step("journey: identity"):
        journeys.identity(stack, certified)
    with step("every function, slashes too many, unknown paths and methods"):
        for question in deployed.QUESTIONS:
            if trouble := deployed.wrong(stack.base, *question):
                raise AssertionError(f"{question[:2]}: {trouble}")
    for check in CHECKS:
        with step(check.__name__.replace("_", " ")):
            check(stack)


def main():
    [admin] = sys.argv[1:]
    assert BUILT.exists(), f"there is no {BUILT.relative_to(ROOT)}: run `sam build` first"
    with contextlib.ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        certified = running.enter_context(provider.serving(folder))
        with step("the emulator starts"):
            aws = running.enter_context(emulator.running(certified.certificate))
            equal(aws.listens_on(), {("127.0.0.1", aws.port)}, "where the emulator listens")
        stack = Deployment(aws, pathlib.Path(admin).resolve(), NAME, PARAMETERS)
        with logs_if_it_fails(stack):
            use(stack, certified)


if __name__ == "__main__":
    main()
