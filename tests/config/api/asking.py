"""Asks as a program does."""

import json

ROOT = "/api/v1/"
SITE = "http://testserver"


def read(client, address, status=200):
    answer = client.get(address if address.startswith("/") else f"{ROOT}{address}")
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def all_pages(client, address):
    """The pages that follow one another from an address."""
    while address:
        page = read(client, address.removeprefix(SITE))
        yield page
        address = page["next"]


def rows(client, address):
    return [row for page in all_pages(client, address) for row in page["rows"]]


def problem(client, address, status):
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    return json.loads(answer.content)


def own_facts(row):
    """A row as a download has it: without its addresses."""
    return {name: value for name, value in row.items() if name not in ("self", "page")}
