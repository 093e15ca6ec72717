"""The page that explains the interface: its examples run, and it names all that there is."""

import shlex
import subprocess
import urllib.request

import pytest

from config.api.collections import COLLECTIONS
from findings.models import Finding
from inspections.models import Programme
from tests.pages import elements, read

from .asking import ROOT, SITE
from .asking import read as ask

pytestmark = pytest.mark.django_db


def examples(page):
    """The examples of the page by the name of what they are written in."""
    return {
        one.attributes["aria-labelledby"]: "".join(one.all("code").__next__()._texts())
        for one in elements(page, "pre")
    }


def test_the_examples_in_python_do_what_they_say(reader, monkeypatch):
    found = examples(reader.get("/api/"))
    assert set(found) == {"curl", "python", "pandas", "r", "power-query"}
    asked = []

    def urlopen(address):
        asked.append(address)
        return reader.get(address.removeprefix(SITE))

    monkeypatch.setattr(urllib.request, "urlopen", lambda address: Opened(urlopen(address)))
    names = {}
    for language in ("python", "pandas"):
        exec(found[language], names)  # noqa: S102
    regions = Finding.objects.filter(inspection__region__slug__in=["south-west", "eastern"])
    table = names["findings"]
    assert len(table) == regions.count() > 0
    assert set(table["finding"]) == {one.full_reference for one in regions}
    assert names["table"].to_numpy().sum() == len(table)
    assert set(names["by_theme"]["themes"].dropna()) == set(
        regions.exclude(themes=None).values_list("themes__slug", flat=True)
    )
    assert asked[0].startswith(f"{SITE}{ROOT}findings/?region=south-west")


class Opened:
    """An answer as `urlopen` gives it."""

    def __init__(self, answer):
        self.answer = answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def read(self):
        return self.answer.content


def test_the_example_for_a_terminal_runs(client, site):
    command = examples(client.get("/api/"))["curl"].replace(SITE, site)
    ran = subprocess.run(shlex.split(command), capture_output=True, check=True, timeout=30)
    answer = client.get(shlex.split(command)[-1].removeprefix(site))
    assert ran.stdout.split(b'"rows"')[1] == answer.content.split(b'"rows"')[1]
    assert len(ran.stdout) > 1_000


def test_the_other_examples_ask_for_addresses_that_there_are(client):
    for language in ("r", "power-query"):
        text = examples(client.get("/api/"))[language]
        address = text[text.index(SITE) :].partition('"')[0]
        assert ask(client, address.removeprefix(SITE))["rows"]


def test_every_collection_is_explained_with_its_parameters_and_fields(client):
    description = ask(client, "openapi.json")
    guide = client.get("/api/")
    for collection in COLLECTIONS:
        address = f"/api/{collection.name}/"
        assert f'href="{address}"' in guide.text
        page = read(client.get(address))
        told = [one.text for one in page.all("th") if one.attributes.get("scope") == "row"]
        listed = description["paths"][f"/{collection.name}/"]["get"]["parameters"]
        fields = description["components"]["schemas"][collection.name]["properties"]
        assert told == [*(one["name"] for one in listed), *fields]
    assert client.get("/api/nowhere/").status_code == 404


def test_a_filter_with_a_closed_list_of_values_names_them(client):
    listed = ask(client, "openapi.json")["paths"]["/findings/"]["get"]["parameters"]
    by_name = {one["name"]: one["schema"] for one in listed}
    assert by_name["overdue"]["items"]["enum"] == ["yes", "no", "none", "-yes", "-no", "-none"]
    assert "enum" not in by_name["theme"]["items"]
    assert by_name["programme"]["examples"] == [[Programme.objects.order_by("slug")[0].slug]]
