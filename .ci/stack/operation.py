"""What who runs a deployed stack relies on: where it listens, what it writes down, that a setting changes,
and that nothing is lost by mistake."""

import contextlib
import hashlib
import json

from smoke import answered, equal

from . import gaps
from .deployment import ROOT, SOON
from .emulator import until
from .journeys import PASSWORD, SUCCESS

FUNCTIONS = 10
# What a deletion of the stack leaves.
STAYS = ("AccountsTable", "TokensTable", "SigningKeysSecret", "ProvidersSecret", "Key")


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
    state = until("a mark", lambda: stack.admin("mail", "show", address)["state"])
    equal(state, "bounced", "state of the address")

    account = {"email": address, "password": PASSWORD}
    answered(stack.ask("POST", "/email/users", account), 200, SUCCESS)
    equal(stack.emulator.mails_to(address), [], "mails to an address that mail came back from")


def directory_is_sound(stack):
    report = stack.admin("audit")
    equal((report["problems"], report["unfinished_deletions"]), ([], 0), "the audit")
    # Each journey leaves one, but for `users`, which deletes its account.
    equal((report["accounts"], report["tenants"]), (7, 1), "accounts and tenants")


def clients_have_addresses(stack):
    """Who has signed in from an address is known there: by its digest, and the account's."""
    user = stack.admin("user", "show", "eve@example.com")["id"]
    mark = hashlib.sha256(f"account#{user}\n127.0.0.1".encode()).hexdigest()
    item = stack.service("dynamodb").get_item(
        TableName=stack.outputs["TokensTable"], Key={"pk": {"S": f"known#{mark}"}}
    )
    assert "Item" in item, "nobody has signed in from 127.0.0.1"


def logs_hold_nothing_of_people(stack):
    lines = list(stack.log_lines())
    # Every function has been asked, and has written into a group of its own.
    asked = {group for group, line in lines if line.startswith("END ")}
    equal(len(asked), FUNCTIONS, f"functions that were asked: {asked}")
    for group, line in lines:
        for private in ("example.com", "13800138000", "127.0.0.1", PASSWORD):
            assert private not in line, f"{group} has {private}: {line}"


def nothing_listens_beyond_this_machine(stack):
    """Functions have run by now, and each has a port."""
    places = stack.emulator.listens_on()
    assert len(places) > FUNCTIONS, f"{len(places)} ports"
    equal({address for address, _ in places}, {"127.0.0.1"}, "where the emulator listens")


def settings_change(stack):
    """An update reaches the functions, and takes nothing from anybody."""
    nobody = {"email": "nobody@example.com", "password": PASSWORD}
    unknown = {"state": 404, "msg": "email not exists"}
    answered(stack.ask("POST", "/email/token", nobody), 200, unknown)
    stack.deploy("UPDATE_COMPLETE", Replies="uniform")
    gaps.publish_versions(stack)
    wrong = {"state": 404, "msg": "wrong password"}
    answered(stack.ask("POST", "/email/token", nobody), 200, wrong)
    eve = nobody | {"email": "eve@example.com"}
    answered(stack.ask("POST", "/email/token", eve), 200, SUCCESS)


def prod_is_protected(stack):
    """Nobody deletes the tables of `prod` by mistake. They are deployed by themselves: the emulator
    carries no more of `prod`, and is refused it."""
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
    tables = [each for each in made if each["ResourceType"] == "AWS::DynamoDB::Table"]
    equal(len(tables), 2, "tables")
    service.delete_stack(StackName="tables")
    service.get_waiter("stack_delete_complete").wait(StackName="tables", WaiterConfig=SOON)
    database = stack.service("dynamodb")
    for table in tables:
        with refused(database, "deletion protection"):
            database.delete_table(TableName=table["PhysicalResourceId"])


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
