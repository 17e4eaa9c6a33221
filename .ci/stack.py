"""Deploys what `sam build` has built onto an emulator of AWS on this machine, and uses the stack as
people and programs would: a journey for each contract, by HTTP through the API.

    .venv-stack/bin/python .ci/stack.py target/debug/admin

Needs `.ci/deploy-tools --with-stack`, `sam build --parameter-overrides Architecture=x86_64`, and a
Linux machine of that kind.
"""

import contextlib
import functools
import json
import pathlib
import sys
import tempfile
import time

import deployed
from smoke import answered, equal
from stack import emulator, gaps, journeys, provider
from stack.deployment import BUILT, ROOT, SOON, Deployment
from stack.emulator import until

NAME = "atrium-dev"
PARAMETERS = {
    "Stage": "dev",
    "Architecture": "x86_64",
    "Emulated": "true",
    "PublicUrl": journeys.PUBLIC_URL,
    "MailFrom": journeys.SENDER,
    "MailDomain": "example.com",
}
FUNCTIONS = 10
# What a deletion of the stack leaves.
STAYS = ("AccountsTable", "TokensTable", "SigningKeysSecret", "ProvidersSecret", "Key")


class Steps:
    """Says what is done, and how long it took."""

    def __init__(self):
        self.started = time.monotonic()

    @contextlib.contextmanager
    def step(self, name):
        started = time.monotonic()
        try:
            yield
        except BaseException:
            print(f"not ok {name}", flush=True)
            raise
        print(f"ok {name}, {time.monotonic() - started:.1f} s", flush=True)


def listens_on_loopback_alone(aws, exactly=None):
    places = aws.listens_on()
    equal({address for address, _ in places}, {"127.0.0.1"}, "where the emulator listens")
    if exactly:
        equal(places, exactly, "where the emulator listens")


def mails_come_back(stack):
    """SES tells the topic, the topic the function, and nothing is mailed to the address any more."""
    address = "bounced@example.com"
    # As SES writes it. MiniStack's own SES does not publish to the topic of a configuration set.
    [record] = json.loads((ROOT / "events/bounces/bounce.json").read_text())["Records"]
    event = json.loads(record["Sns"]["Message"])
    event["bounce"]["bouncedRecipients"][0]["emailAddress"] = address
    event["mail"]["destination"] = [address]
    topic = stack.resources["MailEventsTopic"]
    stack.service("sns").publish(TopicArn=topic, Message=json.dumps(event) + "\n")
    marked = lambda: stack.admin("mail", "show", address)["state"]  # noqa: E731
    equal(until("the address is marked", marked), "bounced", "state of the address")

    account = {"email": address, "password": journeys.PASSWORD}
    answered(stack.ask("POST", "/email/users", account), 200, journeys.SUCCESS)
    equal(stack.emulator.mails_to(address), [], "mails to an address that mail came back from")


def directory_is_sound(stack):
    report = stack.admin("audit")
    equal((report["problems"], report["unfinished_deletions"]), ([], 0), "the audit")
    assert report["accounts"] > 5 and report["claims"] > 5, report


def logs_hold_nothing_of_people(stack):
    lines = list(stack.log_lines())
    # Every function has been asked, and has written into a group of its own.
    asked = {group for group, line in lines if line.startswith("END ")}
    equal(len(asked), FUNCTIONS, f"functions that were asked: {asked}")
    for group, line in lines:
        for private in ("example.com", "13800138000", "127.0.0.1", journeys.PASSWORD):
            assert private not in line, f"{group} has {private}: {line}"


def settings_change(stack):
    """An update reaches the functions, and takes nothing from anybody."""
    nobody = {"email": "nobody@example.com", "password": journeys.PASSWORD}
    unknown = {"state": 404, "msg": "email not exists"}
    answered(stack.ask("POST", "/email/token", nobody), 200, unknown)
    stack.deploy("UPDATE_COMPLETE", Replies="uniform")
    gaps.publish_versions(stack)
    wrong = {"state": 404, "msg": "wrong password"}
    answered(stack.ask("POST", "/email/token", nobody), 200, wrong)
    eve = nobody | {"email": "eve@example.com"}
    answered(stack.ask("POST", "/email/token", eve), 200, journeys.SUCCESS)


def prod_is_protected(stack):
    """The tables of the template, as `prod` has them and deployed by themselves: nobody deletes them by
    mistake. The emulator carries no more of `prod`, and is refused it."""
    template = stack.processed()
    kept = ("AccountsTable", "TokensTable", "Key")
    parts = {name: template[name] for name in ("Parameters", "Rules", "Mappings", "Conditions")}
    parts["Resources"] = {name: template["Resources"][name] for name in kept}
    prod = {"Stage": "prod", "AlarmEmail": "ops@example.com", "GradualDeployments": "true"}
    prod = stack.parameters | prod
    service = stack.service("cloudformation")
    with refused(service, "The stage prod is not on an emulator."):
        stack.create("tables", json.dumps(parts), **prod)
    stack.create("tables", json.dumps(parts), **prod | {"Emulated": "false"})
    made = service.describe_stack_resources(StackName="tables")["StackResources"]
    tables = [each["PhysicalResourceId"] for each in made if each["ResourceType"].endswith("Table")]
    equal(len(tables), 2, "tables")
    service.delete_stack(StackName="tables")
    service.get_waiter("stack_delete_complete").wait(StackName="tables", WaiterConfig=SOON)
    database = stack.service("dynamodb")
    for table in tables:
        with refused(database, "deletion protection"):
            database.delete_table(TableName=table)


@contextlib.contextmanager
def refused(service, reason):
    try:
        yield
    except service.exceptions.ClientError as refusal:
        assert reason in str(refusal), refusal
    else:
        raise AssertionError(f"not refused: {reason}")


def what_must_not_be_lost_stays(stack):
    stack.delete()
    for resource in STAYS:
        assert stack.is_there(resource), f"{resource} is gone"
    functions = [name for name in stack.resources if name.endswith("Function")]
    equal(len(functions), FUNCTIONS, "functions")
    for resource in ["Api", *functions]:
        assert not stack.is_there(resource), f"{resource} is there yet"
    equal(stack.ask("GET", "/users/1").status, 404, "status of what is gone")


def main():
    [admin] = sys.argv[1:]
    assert BUILT.exists(), f"there is no {BUILT.relative_to(ROOT)}: run `sam build` first"
    say = Steps().step
    with contextlib.ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        certified = running.enter_context(provider.serving(folder))
        with say("the emulator starts"):
            aws = running.enter_context(emulator.running(certified.certificate))
            listens_on_loopback_alone(aws, {("127.0.0.1", aws.port)})
        stack = Deployment(aws, pathlib.Path(admin).resolve(), NAME, dict(PARAMETERS))
        with logs_if_it_fails(stack):
            use(stack, certified, say)


@contextlib.contextmanager
def logs_if_it_fails(stack):
    """Shows what the functions have written if something is wrong."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            for group, line in list(stack.log_lines())[-80:]:
                print(f"{group}: {line}", file=sys.stderr)
        raise


def use(stack, certified, say):
    stack.make_bucket()
    with say("sam deploy"):
        stack.deploy("CREATE_COMPLETE")
    with say("what the emulator leaves out"):
        gaps.make_routes(stack)
        gaps.empty_secrets(stack)
        gaps.mend_policies(stack)
    with say("the operator makes keys, and names a provider"):
        stack.admin("keys", "rotate")
        providers = json.dumps({"providers": [certified.entry("certified")]})
        stack.service("secretsmanager").put_secret_value(
            SecretId=stack.outputs["ProvidersSecret"], SecretString=providers
        )
    with say("another team's API has its authorizer"):
        stack.guard()
    for journey in (
        journeys.cookie,
        journeys.api_key,
        journeys.users,
        journeys.email,
        journeys.phone,
        journeys.client_app,
        journeys.web_app,
        functools.partial(journeys.identity, provider=certified),
    ):
        name = getattr(journey, "func", journey).__name__
        with say(f"journey: {name}"):
            journey(stack)
    with say("every function, slashes too many, unknown paths and methods"):
        for question in deployed.QUESTIONS:
            if trouble := deployed.wrong(stack.base, *question):
                raise AssertionError(f"{question[:2]}: {trouble}")
    with say("mail that comes back"):
        mails_come_back(stack)
    with say("admin audit"):
        directory_is_sound(stack)
    with say("the logs"):
        logs_hold_nothing_of_people(stack)
    listens_on_loopback_alone(stack.emulator)
    with say("sam deploy, with a setting changed"):
        settings_change(stack)
    with say("prod is protected"):
        prod_is_protected(stack)
    with say("sam delete"):
        what_must_not_be_lost_stays(stack)


if __name__ == "__main__":
    main()
