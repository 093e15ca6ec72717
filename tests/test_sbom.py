"""What the site is made of, and whether a weakness of it is known."""

import json
import os
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests import advisories, sbom

pytestmark = pytest.mark.slow


def pinned(file):
    """The names in a file of requirements, read another way."""
    lines = (sbom.ROOT / file).read_text().splitlines()
    return {line.partition("==")[0] for line in lines if line[:1].isalpha()}


def test_the_bill_of_materials_is_valid_complete_and_the_same_each_time():
    text = sbom.bill()
    # Nor do the order of sets or the clock matter.
    again = subprocess.run(
        [sys.executable, "-m", "tests.sbom"],
        check=True,
        cwd=sbom.ROOT,
        env=os.environ | {"PYTHONHASHSEED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert again.stdout == text
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    assert "timestamp" not in bill["metadata"]
    scopes = {part["name"]: part["scope"] for part in bill["components"]}
    needed = pinned("requirements.txt")
    extras = tomllib.loads((sbom.ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    optional = set().union(*(pinned(f"requirements-{extra}.txt") for extra in extras)) - needed
    assert scopes == dict.fromkeys(needed, "required") | dict.fromkeys(optional, "optional")
    django = next(part for part in bill["components"] if part["name"] == "django")
    assert django["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    # Whatever is listed is there because the site, or something else that is, asks for it.
    asked_for = {name for one in bill["dependencies"] for name in one.get("dependsOn", ())}
    assert asked_for == {part["bom-ref"] for part in bill["components"]}


class Advisories(BaseHTTPRequestHandler):
    """An index that knows of one weakness, as OSV answers."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        affected = {"package": {"name": "sqlparse", "ecosystem": "PyPI"}}
        affected["ranges"] = [
            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}
        ]
        known = {"id": "EXAMPLE-1", "affected": [affected], "published": "2026-01-01T00:00:00Z"}
        is_known = asked["package"]["name"] == "sqlparse"
        content = json.dumps({"vulns": [known]} if is_known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def index():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Advisories)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_known_weakness_is_named_and_silence_is_not_taken_for_health(index, tmp_path):
    pins = tmp_path / "requirements.txt"
    pins.write_text(
        "".join(f"{name}==1.0 --hash=sha256:{'0' * 64}\n" for name in ("one", "sqlparse"))
    )
    service = ("--vulnerability-service", "osv", "--osv-url")
    found = advisories.ask(*service, index, file=pins)
    assert advisories.report(found) == (["sqlparse 1.0: EXAMPLE-1, mended in 9."], 1)
    assert advisories.report(found[:1]) == (["No advisory is known on any of 1 packages."], 0)
    assert advisories.ask(*service, "http://127.0.0.1:9", file=pins) is None
    assert advisories.report(None) == (["No index of advisories answered."], 3)
    skipped = {"name": "two", "skip_reason": "not found"}
    assert advisories.report([skipped]) == (["No index of advisories answered."], 3)
    assert advisories.report([found[0], skipped]) == (
        ["No index of advisories answered for two."],
        3,
    )
