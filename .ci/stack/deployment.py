"""The stack on the emulator: deployed by SAM, given its routes, looked into, and taken down."""

import functools
import json
import pathlib
import subprocess

import boto3
import botocore.exceptions

from smoke import equal, request

from .emulator import REGION

ROOT = pathlib.Path(__file__).parents[2]
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
SAM = ROOT / ".venv-deploy" / "bin" / "sam"
BUCKET = "atrium-packages"
# The stack of another team.
NEIGHBOUR = "neighbour"
# How a stack is waited for.
SOON = {"Delay": 1, "MaxAttempts": 60}
# How each kind of resource is asked for, and what of the answer says that it lives.
LIVES = {
    "Table": ("dynamodb", "describe_table", "TableName", bool),
    "Secret": ("secretsmanager", "describe_secret", "SecretId", lambda it: not it.get("DeletedDate")),
    "Key": ("kms", "describe_key", "KeyId", lambda it: it["KeyMetadata"]["KeyState"] == "Enabled"),
    "Function": ("lambda", "get_function", "FunctionName", bool),
    "Api": ("apigatewayv2", "get_api", "ApiId", bool),
}


def run(command, environment):
    done = subprocess.run(
        command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    words = " ".join(map(str, command))
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Deployment:
    def __init__(self, emulator, admin, name, parameters):
        self.emulator = emulator
        self.admin_program = admin
        self.name = name
        self.parameters = parameters

    @functools.cache
    def service(self, name):
        return boto3.client(
            name,
            endpoint_url=self.emulator.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def make_bucket(self):
        place = {"LocationConstraint": REGION}
        self.service("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)

    def sam(self, *arguments):
        return run([SAM, *arguments], self.emulator.environment())

    def deploy(self, expected, **changes):
        """Deploys what `sam build` has built, as a person would."""
        parameters = self.parameters | changes
        self.sam(
            "deploy",
            *("--template-file", BUILT, "--stack-name", self.name, "--region", REGION),
            *("--s3-bucket", BUCKET, "--s3-prefix", self.name, "--capabilities", "CAPABILITY_IAM"),
            *("--no-confirm-changeset", "--no-progressbar"),
            *("--parameter-overrides", *(f"{k}={v}" for k, v in parameters.items())),
        )
        self.parameters = parameters
        equal(self.stack()["StackStatus"], expected, "status of the stack")

    def stack(self, name=None):
        stacks = self.service("cloudformation").describe_stacks(StackName=name or self.name)
        return stacks["Stacks"][0]

    @functools.cached_property
    def outputs(self):
        return {each["OutputKey"]: each["OutputValue"] for each in self.stack()["Outputs"]}

    @functools.cached_property
    def resources(self):
        """Physical ids by logical ones."""
        pages = self.service("cloudformation").get_paginator("list_stack_resources")
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.name)
            for each in page["StackResourceSummaries"]
        }

    def processed(self):
        """The template as SAM's transform has left it."""
        stages = self.service("cloudformation").get_template(
            StackName=self.name, TemplateStage="Processed"
        )
        body = stages["TemplateBody"]
        return json.loads(body) if isinstance(body, str) else body

    def guard(self):
        """Deploys another team's API, to which this stack's authorizer is attached."""
        template = pathlib.Path(__file__).with_name("neighbour.yaml").read_text()
        self.create(NEIGHBOUR, template, AuthorizerArn=self.outputs["AuthorizerArn"])
        self.guarded = self.stack(NEIGHBOUR)["Outputs"][0]["OutputValue"]

    @property
    def base(self):
        """The API by its path, for who cannot choose a `Host`. Slashes too many stay."""
        return f"{self.emulator.url}/_aws/execute-api/{self.resources['Api']}/$default"

    def ask(self, method, path, body=None, api=None, **headers):
        """As AWS has it: the API is in the host's name."""
        host = f"{api or self.resources['Api']}.execute-api.localhost:{self.emulator.port}"
        content = {} if body is None else {"content-type": "application/json"}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return request(self.emulator.url, method, path, body, content | headers | {"host": host})

    def admin(self, *arguments):
        """The operator's command line, which prints one JSON object."""
        where = {
            "ACCOUNTS_TABLE": self.outputs["AccountsTable"],
            "TOKENS_TABLE": self.outputs["TokensTable"],
            "SIGNING_KEYS_SECRET": self.outputs["SigningKeysSecret"],
        }
        environment = self.emulator.environment() | where
        return json.loads(run([self.admin_program, *arguments, "--json"], environment))

    def log_lines(self):
        """What the functions have written, with the group that it is in."""
        logs = self.service("logs")
        for group in sorted(id for name, id in self.resources.items() if name.endswith("Logs")):
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                for event in page["events"]:
                    yield group, event["message"].rstrip()

    def delete(self):
        self.sam("delete", "--stack-name", self.name, "--region", REGION, "--no-prompts")

    def is_there(self, resource):
        """Whether AWS has what the stack has, or had, by this logical name, and does not mean to delete
        it."""
        id = self.resources[resource]
        [kind] = [kind for kind in LIVES if resource.endswith(kind)]
        service, ask, name, lives = LIVES[kind]
        try:
            return lives(getattr(self.service(service), ask)(**{name: id}))
        except botocore.exceptions.ClientError as error:
            assert "NotFound" in error.response["Error"]["Code"], error
            return False

    def create(self, name, template, **parameters):
        """A stack of a template that needs no SAM."""
        service = self.service("cloudformation")
        service.create_stack(
            StackName=name,
            TemplateBody=template,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        service.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=SOON)
