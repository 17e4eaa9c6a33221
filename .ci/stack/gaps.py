"""What MiniStack 1.5.33 leaves out of a deployment that AWS does, made up for by its own interfaces."""

import json

from smoke import equal

from .emulator import REGION

# What stands for an integration and for any method in the OpenAPI document of an HTTP API.
INTEGRATION = "x-amazon-apigateway-integration"
ANY = "x-amazon-apigateway-any-method"


def make_routes(stack):
    """It does not read the OpenAPI document in an API's `Body`. So the routes are made of that document
    one by one, each with the integration that it has there."""
    api = stack.resources["Api"]
    gateway = stack.service("apigatewayv2")
    targets = {}
    routes = set()
    document = stack.processed()["Resources"]["Api"]["Properties"]["Body"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            integration = operation[INTEGRATION]
            uri = substituted(integration["uri"]["Fn::Sub"], stack.resources)
            if uri not in targets:
                made = gateway.create_integration(
                    ApiId=api,
                    IntegrationType=integration["type"].upper(),
                    IntegrationMethod=integration["httpMethod"],
                    IntegrationUri=uri,
                    PayloadFormatVersion=integration["payloadFormatVersion"],
                )
                targets[uri] = f"integrations/{made['IntegrationId']}"
            route = route_key(path, method)
            gateway.create_route(ApiId=api, RouteKey=route, Target=targets[uri])
            routes.add(route)
    settings_are_of_routes(gateway, api, routes)


def substituted(text, resources):
    """`Fn::Sub`, of what an integration's URI names: the alias of a function."""
    for name, value in ({"AWS::Partition": "aws", "AWS::Region": REGION} | resources).items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text, f"an integration with {text}"
    return text


def route_key(path, method):
    if path == "$default":
        return path
    return f"{'ANY' if method == ANY else method.upper()} {path}"


def settings_are_of_routes(gateway, api, routes):
    """AWS refuses a stage that has settings for a route that there is not."""
    [stage] = gateway.get_stages(ApiId=api)["Items"]
    equal(stage["StageName"], "$default", "stage")
    assert stage["RouteSettings"], "no route has settings"
    equal(set(stage["RouteSettings"]) - routes, set(), "settings of no route")


def empty_secrets(stack):
    """It gives a secret without a value the empty one, where AWS says that there is none."""
    manager = stack.service("secretsmanager")
    secret = stack.outputs["SigningKeysSecret"]
    made = manager.get_secret_value(SecretId=secret)
    equal(made["SecretString"], "", "value of a secret that the template gives none")
    manager.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", RemoveFromVersionId=made["VersionId"]
    )


def mend_policies(stack):
    """Has the functions' policies say to it what they say to AWS."""
    manager = stack.service("secretsmanager")
    secrets = (stack.outputs[name] for name in ("SigningKeysSecret", "ProvidersSecret"))
    secrets = {name: manager.describe_secret(SecretId=name)["ARN"] for name in secrets}
    roles = stack.service("iam")
    for role in (id for name, id in stack.resources.items() if name.endswith("FunctionRole")):
        for policy in roles.list_role_policies(RoleName=role)["PolicyNames"]:
            document = roles.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            document["Statement"] = [mended(each, secrets) for each in document["Statement"]]
            roles.put_role_policy(
                RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document)
            )


def mended(statement, secrets):
    # Its `Ref` of a secret is the name, of AWS it is the ARN, which is what a policy has to name.
    if str(statement["Resource"]) in secrets:
        return statement | {"Resource": secrets[statement["Resource"]]}
    # It asks whether a mail may go out for `*`, and does not know from whom the mail is.
    if statement["Action"] == "ses:SendRawEmail":
        return {"Effect": statement["Effect"], "Action": statement["Action"], "Resource": "*"}
    return statement


def publish_versions(stack):
    """It transforms a template by its parameters' defaults alone. So a parameter that is changed makes
    no new versions of the functions, which it does on AWS."""
    functions = stack.service("lambda")
    for name, id in stack.resources.items():
        if name.endswith("Function"):
            version = functions.publish_version(FunctionName=id)["Version"]
            functions.update_alias(FunctionName=id, Name="live", FunctionVersion=version)
