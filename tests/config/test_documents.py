"""What the documents promise a newcomer: a short README, and nothing named that is not there."""

import re
import subprocess

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
DOCUMENTS = sorted(path.name for path in ROOT.glob("*.md"))
WRITTEN_LATER = {"staticfiles/", "secrets/tls/"}


def names():
    """Every file of the project, and every folder with a slash behind it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = list(filter(None, listed.split("\0")))
    folders = {
        "/".join(name.split("/")[:n]) + "/" for name in files for n in range(1, name.count("/") + 1)
    }
    return [f"/{name}" for name in {*files, *folders}]


def named(text):
    """What a document names in backticks that looks like a file or a folder of ours."""
    return {
        name
        for name in re.findall(r"`([\w.*/-]+)`", text)
        if re.search(r"\w\.(css|html|js|md|py|toml|txt)$|^\w[\w/]*/$", name) and "*" not in name
    }


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_map_of_rooms_names_every_folder():
    listed = re.search(r"## Map of the rooms\n\n(.*?)\n\n", (ROOT / "README.md").read_text(), re.S)
    told = set(re.findall(r"^    ([\w/]+/) ", listed[1], re.M))
    rooms = {name[1:] for name in names() if re.fullmatch(r"/(?!lib/$)\w+/|/lib/\w+/", name)}
    assert told == rooms - {"screenshots/"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document):
    text = (ROOT / document).read_text()
    links = [
        link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link
    ]
    assert not [link for link, _, _ in links if link and not (ROOT / link).exists()]
    headings = {
        re.sub(r"[^\w -]", "", line).lower().strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)", text, re.M)
    }
    assert {anchor for link, _, anchor in links if not link} <= headings


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_files_that_are_there(document):
    there = names()
    absent = {"core/", "common/", "utils/", "helpers/"} | WRITTEN_LATER
    text = (ROOT / document).read_text()
    assert not [
        name
        for name in named(text) - absent
        if not any(path.endswith(f"/{name}") for path in there)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_commands_that_are_there(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    text = (ROOT / document).read_text()
    asked = set(re.findall(r"(?:`|^ {4})(?:\w+=\S+ )?make ([a-z-]+)", text, re.M))
    assert asked <= targets
