"""Writes what a deployment costs into `docs/deploy.md`: units of `docs/costs.md` and resources of
`template.yaml`, times the prices below.

    .venv/bin/python .ci/price.py              prints it
    .venv/bin/python .ci/price.py --write      writes it
    .venv/bin/python .ci/price.py --check      fails when the page says something else
    .venv/bin/python .ci/price.py --milliseconds 40 --logged-bytes 1500 --sms-usd 0.03

Nothing is taken off for a free tier.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import iam  # noqa: E402

import yaml  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "deploy.md"
BEGIN, END = "<!-- Written by .ci/price.py. -->\n", "<!-- The end of what .ci/price.py has written. -->\n"

REGION = "us-east-1"
AS_OF = "2026-11-21"

# US dollars, in us-east-1, read on the day above in pages that copy the price list of AWS, which
# could not be asked itself. Compare them with https://aws.amazon.com/pricing/ before you rely on them.
PRICES = {
    # https://git.mcrn.ar/mariano/lambda_local_runner (lambda-13-cost.md)
    "Lambda, a request": 0.20e-6,
    "Lambda, a GB-second on arm64": 0.0000133334,
    "Lambda, a GB-second on x86_64": 0.0000166667,
    # https://appropri8-astro.pages.dev/tutorials/2025/12/02/deploying-simple-api-aws/
    "API Gateway, a request to an HTTP API": 1.00e-6,
    # https://airbyte.com/data-engineering-resources/dynamodb-pricing (2025-07-21)
    "DynamoDB, a read request unit": 0.125e-6,
    "DynamoDB, a write request unit": 0.625e-6,
    # https://cloudburn.io/blog/aws-kms-pricing (2026-03-14)
    "KMS, a key for a month": 1.00,
    # https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms
    "Secrets Manager, a secret for a month": 0.40,
    # https://cloudburn.io/blog/amazon-cloudwatch-pricing (2026-02),
    # https://signoz.io/guides/cloudwatch-pricing (2026-02-15)
    "CloudWatch, a metric of an alarm for a month": 0.10,
    "CloudWatch, a metric of our own for a month": 0.30,
    "CloudWatch, a dashboard for a month": 3.00,
    "CloudWatch, a GB of logs taken in": 0.50,
    # https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/
    "X-Ray, a trace": 5.00e-6,
    # https://www.acecloudinterviews.com/tutorials/aws/ses/
    "SES, a mail": 0.10e-3,
}

# Of the requests X-Ray takes one a second and a twentieth of the others.
TRACED = 0.05

SIGN_INS = [
    ("POST /user/signin", "a known address"),
    ("POST /api/v1/user/login", "a known address, a session replaced"),
    ("POST /users/sign_in", "a known address, a session replaced"),
    ("GET /email/token", "a known address, a session replaced"),
    ("POST /user/signin", "a wrong password"),
]
OTHERS = [
    ("POST /users", "success"),
    ("POST /email/users", "success"),
    ("GET /phone/users/code", "success"),
    ("PATCH /users/password", "success"),
    ("GET /users/{id}", "success"),
]


def measured():
    """The rows of the table in docs/costs.md, by endpoint and case."""
    rows = {}
    for line in (ROOT / "docs" / "costs.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 9:
            reads, writes, hashes, mails, sms = map(int, cells[3:8])
            key = cells[0].strip("`"), cells[1]
            rows[key] = {"reads": reads, "writes": writes, "hashes": hashes, "mails": mails, "sms": sms}
    return rows


def million(row, inputs, memory_mb):
    """What a million requests of a row cost, by what for."""
    price = PRICES
    seconds = inputs.milliseconds / 1000 if row["hashes"] else inputs.milliseconds_without_hash / 1000
    seconds += (row["hashes"] - 1) * inputs.hash_milliseconds / 1000 if row["hashes"] > 1 else 0
    compute = price["Lambda, a request"] + seconds * memory_mb / 1024 * price["Lambda, a GB-second on arm64"]
    tables = row["reads"] * price["DynamoDB, a read request unit"] + row["writes"] * price["DynamoDB, a write request unit"]
    logs = inputs.logged_bytes / 1e9 * price["CloudWatch, a GB of logs taken in"] + TRACED * price["X-Ray, a trace"]
    sent = row["mails"] * price["SES, a mail"] + row["sms"] * inputs.sms_usd
    parts = [price["API Gateway, a request to an HTTP API"], compute, tables, logs, sent]
    return [1e6 * part for part in (*parts, sum(parts))]


def idle(template):
    """What a stack costs that nobody uses, by what for."""

    def of(kind):
        resources = template["Resources"].values()
        return [resource["Properties"] for resource in resources if resource["Type"] == kind]

    watched = sum(
        sum("MetricStat" in metric for metric in alarm["Metrics"]) if "Metrics" in alarm else 1
        for alarm in of("AWS::CloudWatch::Alarm")
    )
    own = {metric["MetricName"] for log in of("AWS::Logs::MetricFilter") for metric in log["MetricTransformations"]}
    counted = [
        ("KMS, a key for a month", len(of("AWS::KMS::Key"))),
        ("Secrets Manager, a secret for a month", len(of("AWS::SecretsManager::Secret"))),
        ("CloudWatch, a metric of an alarm for a month", watched),
        ("CloudWatch, a metric of our own for a month", len(own)),
        ("CloudWatch, a dashboard for a month", len(of("AWS::CloudWatch::Dashboard"))),
    ]
    return [(name, count, count * PRICES[name]) for name, count in counted]


def page(inputs):
    template = yaml.load((ROOT / "template.yaml").read_text(), iam.Loader)
    memory_mb = template["Mappings"]["Sizes"]["prod"]["HashingMemory"]
    rows = measured()
    lines = [f"Prices of {REGION} on {AS_OF}, in US dollars, without any free tier.\n\n"]
    lines.append("A stack that nobody uses, in a month:\n\n| what | how many | US dollars |\n| --- | --- | --- |\n")
    fixed = idle(template)
    lines += [f"| {name} | {count} | {cost:.2f} |\n" for name, count, cost in fixed]
    lines.append(f"| in all | | {sum(cost for *_, cost in fixed):.2f} |\n\n")
    lines.append("A million requests, on arm64:\n\n")
    lines.append("| endpoint | case | gateway | functions | tables | logs and traces | mails and SMS | in all |\n")
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
    for key in SIGN_INS + OTHERS:
        costs = million(rows[key], inputs, memory_mb)
        lines.append(f"| `{key[0]}` | {key[1]} | " + " | ".join(f"{cost:,.2f}" for cost in costs) + " |\n")
    lines.append(f"""
What was put in, and is no measurement on AWS:

| input | value |
| --- | --- |
| `--milliseconds`: billed for a request with one hash, on {memory_mb} MB | {inputs.milliseconds:g} |
| `--hash-milliseconds`: billed for each further hash | {inputs.hash_milliseconds:g} |
| `--milliseconds-without-hash`: billed for a request without one | {inputs.milliseconds_without_hash:g} |
| `--logged-bytes`: written by gateway, function and Lambda for a request | {inputs.logged_bytes:g} |
| `--sms-usd`: one SMS; it differs by country, and no price was found | {inputs.sms_usd:g} |
""")
    return "".join(lines)


def main():
    parser = argparse.ArgumentParser(description="What a deployment costs.")
    parser.add_argument("--milliseconds", type=float, default=60)
    parser.add_argument("--hash-milliseconds", type=float, default=25)
    parser.add_argument("--milliseconds-without-hash", type=float, default=20)
    parser.add_argument("--logged-bytes", type=float, default=2000)
    parser.add_argument("--sms-usd", type=float, default=0.05)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    inputs = parser.parse_args()
    text = page(inputs)
    if not (inputs.write or inputs.check):
        print(text)
        return
    before, rest = PAGE.read_text().split(BEGIN)
    written, after = rest.split(END)
    if inputs.write:
        PAGE.write_text(before + BEGIN + text + END + after)
    elif written != text:
        raise SystemExit("docs/deploy.md is not what .ci/price.py says: run it with --write")
    else:
        print("The costs in docs/deploy.md are those of .ci/price.py.")


if __name__ == "__main__":
    main()
