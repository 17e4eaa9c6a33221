"""Looks at the page of the OpenAPI documents in a real browser, without the internet, and tries an
endpoint out on it.

    python .ci/docs_page.py target/debug/local

Needs `.ci/requirements-browser.txt`, and Chromium or Chrome as `outbox_page.py` does.
"""

import argparse
import contextlib
import json

from playwright.sync_api import expect, sync_playwright

from outbox_page import QUIET, VIOLATIONS, Server, browser_path, equal

SHOWN_MS = 15_000
METHODS = ["get", "post", "put", "patch", "delete"]


def operations(document):
    """The names of a document's operations."""
    return {
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    }


class Look:
    """The page in a browser, what it asks for, and what it complains of."""

    def __init__(self, browser, server):
        self.server = server
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.add_init_script(VIOLATIONS)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self.see)

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def see(self, request):
        if not request.url.startswith((self.server.base, "data:", "blob:")):
            self.complaints.append(f"it asks for {request.url}")

    def open(self, name=None):
        query = f"?urls.primaryName={name}" if name else ""
        self.page.goto(f"{self.server.base}/_local/docs/{query}")

    def listed(self):
        """The names of the operations that the page lists."""
        expect(self.page.locator(".opblock").first).to_be_visible(timeout=SHOWN_MS)
        names = self.page.locator(".opblock-summary-operation-id").all_inner_texts()
        # It breaks long names by characters that nobody sees.
        return {name.replace("\u200b", "") for name in names}


def every_operation_is_listed(look):
    document = json.loads(look.server.ask("GET", "/_local/openapi.json"))
    look.open()
    equal(look.listed(), operations(document), "operations")
    for tag in document["tags"]:
        contract = tag["name"]
        part = json.loads(look.server.ask("GET", f"/_local/openapi/{contract}.json"))
        look.open(contract)
        expect(look.page.locator(".info .title")).to_contain_text(f"Atrium: {contract}")
        equal(look.listed(), operations(part), f"operations of {contract}")


def an_endpoint_is_tried_out(look):
    look.open("cookie")
    operation = look.page.locator("#operations-cookie-cookie_register")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Execute").click()
    live = operation.locator(".live-responses-table")
    expect(live).to_contain_text('"status": "success"', timeout=SHOWN_MS)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", help="the local server")
    arguments = parser.parse_args()
    with contextlib.closing(Server(arguments.program)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        look = Look(browser, server)
        for check in [every_operation_is_listed, an_endpoint_is_tried_out]:
            check(look)
            equal(look.complaints, [], "complaints")
            print(f"{check.__name__.replace('_', ' ')}: ok", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
