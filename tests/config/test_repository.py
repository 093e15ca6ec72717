"""What must hold between the project's own files."""

import re
import subprocess
import sys
import tomllib
from itertools import chain

import pytest
from django.conf import settings
from packaging.requirements import Requirement

ROOT = settings.BASE_DIR
# In two parts each, so that this file may be looked through too.
FOREIGN = {
    "a package registry's host": re.compile(
        "pypi" r"\.org|pythonhosted" r"\.org|npmjs" r"\.(com|org)"
    ),
    "a path of one machine": re.compile(r"/(work)/(main|shared)|/(home|Users)/[a-z]"),
    "a file beside the project": re.compile(r"\.\./" "shared"),
}


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    return dict(
        re.match(r"([a-z0-9-]+)==(\S+)", line).groups() for line in lines if re.match("[a-z]", line)
    )


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def asked_for():
    """What each file of pins answers."""
    serves, extras = project()["project"]["dependencies"], EXTRAS.values()
    build, dev = (project()["dependency-groups"][group] for group in ("build", "dev"))
    return {
        "requirements.txt": serves,
        **{f"requirements-{extra}.txt": serves + asked for extra, asked in EXTRAS.items()},
        "requirements-build.txt": build,
        "requirements-dev.txt": [*serves, *chain(*extras), *build, *dev[1:]],
    }


EXTRAS = project()["project"]["optional-dependencies"]
TO_SERVE = ["requirements.txt", *(f"requirements-{extra}.txt" for extra in EXTRAS)]


@pytest.mark.parametrize("what", FOREIGN)
def test_the_project_stands_alone(what):
    texts = {path: path.read_bytes().decode(errors="replace") for path in tracked_files()}
    assert not [
        str(path.relative_to(ROOT)) for path, text in texts.items() if FOREIGN[what].search(text)
    ]


def test_no_file_of_code_is_long():
    tables = {"test_fixtures.py", "test_matrix.py", "0001_initial.py"}
    code = [path for path in tracked_files() if path.suffix == ".py" and path.name not in tables]
    lines = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in code}
    assert {str(path): number for path, number in lines.items() if number > 400} == {}


def test_pins_of_every_extra_go_with_the_wheel_and_into_the_image():
    lists = re.search(r"foreach extra,([a-z\d ]+),", (ROOT / "Makefile").read_text())[1].split()
    told = re.search(r"besides: (.+)\.", (ROOT / "Dockerfile").read_text())[1].split(", ")
    assert set(lists) == set(told) == set(EXTRAS)


@pytest.mark.parametrize("name", [*TO_SERVE, "requirements-build.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_host(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=[a-z])", text.strip())
    assert len(entries) == len(pins(name))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_we_ask_for_is_what_is_pinned():
    for name, asked in asked_for().items():
        pinned = pins(name)
        for requirement in map(Requirement, asked):
            assert requirement.specifier.contains(pinned[requirement.name]), requirement


@pytest.mark.parametrize("name", [*TO_SERVE, "requirements-build.txt"])
def test_tests_run_on_the_very_packages_that_serve(name):
    tested = pins("requirements-dev.txt")
    assert {package: tested.get(package) for package in pins(name)} == pins(name)


def test_every_dependency_says_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text()
    assert not [
        one
        for one in asked_for()["requirements-dev.txt"]
        if not re.search(rf'"{re.escape(one)}", +# \w', text)
    ]


def test_operating_names_every_variable_that_is_read_and_no_other():
    asked = re.compile(
        r"""(?:os\.environ\.get|env_\w+)\(\s*"([A-Z_0-9]+)"|os\.environ\["([A-Z_0-9]+)"\]"""
    )
    read = {
        name
        for path in (ROOT / "config").rglob("*.py")
        for found in asked.findall(path.read_text())
        for name in found
        if name
    }
    told = {
        name
        for row in re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "OPERATING.md").read_text(), re.M)
        for name in re.findall("`([A-Z_0-9]+)`", row)
    }
    # Where the system keeps a person's files is no setting of ours.
    assert told == read - {"XDG_DATA_HOME", "AWS_ENDPOINT_URL_S3", "DJANGO_SETTINGS_MODULE"}


def test_operating_names_every_secret_that_may_stand_in_a_file():
    asked = re.compile(r'env_(?:secret|database)\("([A-Z_]+)"')
    texts = [path.read_text() for path in (ROOT / "config").rglob("*.py")]
    read = {f"{name}_FILE" for text in texts for name in asked.findall(text)}
    told = (
        (ROOT / "OPERATING.md").read_text().partition("## Settings")[2].partition("| variable")[0]
    )
    store = {"AWS_SHARED_CREDENTIALS_FILE"}  # which the packages for a bucket read
    assert set(re.findall("`([A-Z_]+_FILE)`", told)) == read | store


def test_knowledge_points_one_way():
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    done = subprocess.run(
        [sys.executable, "-c", lint, "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
