"""Writes `docs/iam.md`: what each function of `template.yaml` may do to what.

    .venv/bin/python .ci/iam.py            writes it
    .venv/bin/python .ci/iam.py --check    fails when it is not what the template says
"""

import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "iam.md"

HEAD = """\
# What each function may do

`.ci/iam.py` writes this page from `template.yaml`, and `.ci/run` fails when the two differ.

Each function has a role of its own, which AWS SAM makes of the `Policies` beside the function.
Actions on tables are those that the code calls: a transaction needs the actions of its writes, and a batch one of its own.
The local server allows each function what this page says, and refuses the rest.
"""

NOTES = """\
## What has `*` in it, and why

| where | why |
| --- | --- |
| `sns:Publish` on `*` | a phone number is no resource; the line below it denies every topic |
| `ses:SendRawEmail` on `identity/*` | in its sandbox, SES asks for permission on the recipient's identity, too. The condition on the sender bounds it |
| the AWS managed policies | see below |

## What AWS SAM adds to every role

| policy of AWS | what it allows | why it is there |
| --- | --- | --- |
| `AWSLambdaBasicExecutionRole` | `logs:CreateLogGroup`, `logs:CreateLogStream`, `logs:PutLogEvents` on `*` | SAM attaches it to each role that it makes. No function can read a log |
| `AWSXrayWriteOnlyAccess` | `xray:PutTraceSegments`, `xray:PutTelemetryRecords` and the reading of sampling rules on `*` | `Tracing: Active`; X-Ray has no resources for these |

The role by which CodeDeploy moves traffic has `AWSCodeDeployRoleForLambda`; SAM makes it.

## The key

Tables and secrets are encrypted with the key of the stack, by the services and not by the functions.
DynamoDB decrypts a table's key, and Secrets Manager a secret's, in the name of who asks, so each role needs
`kms:Decrypt`, and nothing else: not for writing either, because DynamoDB makes a table's key once, when the table is
made, in the name of who deploys
([Using KMS keys and data keys](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html)).
`kms:ViaService` keeps a role from using the key by itself.
What a function's environment holds is decrypted by a grant that Lambda makes for the role, when the function is made;
log groups, topics and the queue are none of the functions' business.
"""


class Call(dict):
    """A function of CloudFormation, such as `{"Ref": "Key"}`."""


class Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""


def call(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return Call({name: loader.construct_scalar(node)})
    if isinstance(node, yaml.SequenceNode):
        return Call({name: loader.construct_sequence(node, deep=True)})
    return Call({name: loader.construct_mapping(node, deep=True)})


Loader.add_multi_constructor("!", call)


def listed(value):
    return value if isinstance(value, list) else [value]


def name_of(resource):
    """A resource as an operator would name it."""
    if isinstance(resource, str):
        return f"`{resource}`"
    if "Ref" in resource:
        return f"`{resource['Ref'].removesuffix('.Alias')}`"
    if "Fn::GetAtt" in resource:
        return f"`{resource['Fn::GetAtt'].removesuffix('.Arn')}`"
    arn = resource["Fn::Sub"]
    for variable, text in (("Partition", "aws"), ("Region", "region"), ("AccountId", "account"), ("URLSuffix", "…")):
        arn = arn.replace("${AWS::%s}" % variable, text)
    return "`%s`" % re.sub(r"\$\{(\w+)\}", r"<\1>", arn)


def service_of(principal):
    """`dynamodb` of `dynamodb.<region>.amazonaws.com`."""
    return principal["Fn::Sub"].split(".")[0] if isinstance(principal, dict) else principal


def condition_of(statement):
    words = []
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if key == "kms:ViaService":
                words.append("through " + " or ".join(service_of(value) for value in listed(values)))
            else:
                values = " or ".join(name_of(value) for value in listed(values))
                words.append(f"`{key}` is {'like ' if operator.endswith('Like') else ''}{values}")
    return "; ".join(words)


def rows_of(policies):
    for policy in policies:
        if not isinstance(policy, dict) or "Statement" not in policy:
            raise SystemExit(f"a policy that is no list of statements: {policy}")
        for statement in policy["Statement"]:
            denied = "not " if statement["Effect"] == "Deny" else ""
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield f"{denied}`{action}`", name_of(resource), condition_of(statement)


def table(rows):
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def document(template):
    functions = {}
    callers = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            rows = list(rows_of(properties.get("Policies", [])))
            target = properties.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure")
            if target:
                # SAM makes a policy of it.
                rows.append(("`sqs:SendMessage`", name_of(target["Destination"]), ""))
            folder = properties["CodeUri"].rstrip("/").rsplit("/", 1)[-1]
            functions[folder] = rows
            kinds = {event["Type"] for event in properties.get("Events", {}).values()}
            for kind in sorted(kinds):
                who = {"HttpApi": "API Gateway, for the routes of this API", "SNS": "SNS, for `MailEventsTopic`"}[kind]
                callers.append((f"`{folder}`", who))
        elif resource["Type"] == "AWS::Lambda::Permission":
            function = properties["FunctionName"]["Ref"].removesuffix(".Alias")
            folder = template["Resources"][function]["Properties"]["CodeUri"].rsplit("/", 1)[-1]
            callers.append((f"`{folder}`", f"`{properties['Principal']}`, for {name_of(properties['SourceArn'])}"))
    names = sorted(functions)
    for name in names:
        # `fallback` is the one function that calls others.
        for action, resource, _ in functions[name]:
            if action == "`lambda:InvokeFunction`":
                called = template["Resources"][resource.strip("`")]["Properties"]["CodeUri"]
                callers.append((f"`{called.rsplit('/', 1)[-1]}`", f"the function `{name}`"))
    grants = {row: [name for name in names if row in functions[name]] for rows in functions.values() for row in rows}
    text = HEAD + "\n| action | resource | only | " + " | ".join(names) + " |\n"
    text += "| --- | --- | --- |" + " :-: |" * len(names) + "\n"
    order = sorted(grants, key=lambda row: (row[0].strip("not `").split(":")[0], row[1].strip("`"), row[0], row[2]))
    text += table((*row, *("●" if name in grants[row] else "" for name in names)) for row in order)
    text += "\n" + NOTES
    text += "\n## Who may call a function\n\n| function | by whom |\n| --- | --- |\n"
    return text + table(sorted(callers))


def main():
    template = yaml.load((ROOT / "template.yaml").read_text(), Loader)
    text = document(template)
    if "--check" in sys.argv[1:]:
        if not DOCUMENT.exists() or DOCUMENT.read_text() != text:
            raise SystemExit("docs/iam.md is not what template.yaml says: run .ci/iam.py")
        print("docs/iam.md is what template.yaml says.")
    else:
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
