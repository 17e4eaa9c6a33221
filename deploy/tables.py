"""Makes a table hold what another one holds, or nothing: for a restore (docs/deploy.md).

    .venv-deploy/bin/python deploy/tables.py copy RESTORED LIVE
    .venv-deploy/bin/python deploy/tables.py empty LIVE

Asks first, unless told `--yes`. Nobody may write to LIVE meanwhile. It may be run again when it was
interrupted. Region and credentials are found as the AWS command line finds them.
"""

import argparse
import sys

import boto3


def keys(client, table):
    """The names of a table's key attributes."""
    described = client.describe_table(TableName=table)["Table"]
    return [key["AttributeName"] for key in described["KeySchema"]]


def items(client, table, names=None):
    """Every item, or of every item the attributes with these names."""
    request = {"TableName": table, "ConsistentRead": True}
    if names:
        aliases = {f"#k{number}": name for number, name in enumerate(names)}
        request |= {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}
    for page in client.get_paginator("scan").paginate(**request):
        yield from page["Items"]


def write(client, table, requests):
    """Writes in batches of 25, and what a batch leaves over again."""
    written = 0
    batch = []

    def flush():
        left = {table: batch}
        while left:
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems")

    for request in requests:
        batch.append(request)
        written += 1
        if len(batch) == 25:
            flush()
            batch = []
            print(f"\r{written}", end="", file=sys.stderr)
    if batch:
        flush()
    print(f"\r{written}", file=sys.stderr)
    return written


def main():
    parser = argparse.ArgumentParser(description="Makes a table hold what another one holds, or nothing.")
    parser.add_argument("what", choices=["copy", "empty"])
    parser.add_argument("tables", nargs="+", metavar="TABLE", help="for copy: from which, to which")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    inputs = parser.parse_args()
    if len(inputs.tables) != {"copy": 2, "empty": 1}[inputs.what]:
        parser.error("copy takes two tables, empty takes one")
    *source, target = inputs.tables
    if target in source:
        parser.error("the two tables are one")
    client = boto3.client("dynamodb")
    names = keys(client, target)
    if source and keys(client, source[0]) != names:
        raise SystemExit("The two tables have other keys.")
    if not inputs.yes:
        what = f"what {source[0]} holds, and nothing else" if source else "nothing"
        if input(f"Have {target} hold {what}? [y/N] ").strip().lower() != "y":
            raise SystemExit("Nothing was changed.")

    kept = set()

    def key_of(item):
        return tuple(item[name]["S"] for name in names)

    def puts():
        for item in items(client, source[0]) if source else ():
            kept.add(key_of(item))
            yield {"PutRequest": {"Item": item}}

    put = write(client, target, puts())
    surplus = (item for item in items(client, target, names) if key_of(item) not in kept)
    deleted = write(client, target, ({"DeleteRequest": {"Key": item}} for item in surplus))
    print(f"written {put}, deleted {deleted}")


if __name__ == "__main__":
    main()
