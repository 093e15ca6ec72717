"""The files by which others run the site: the image's, compose.yaml and the units of systemd. That
they do what they say, tests/faults/test_image.py shows."""

import re
import shutil
import subprocess
from urllib.parse import urlsplit

import compose_spec
import pytest
import yaml

from config import health
from config.locations import PROJECT
from tests import images
from tests.programs import program

UNITS = PROJECT / "config/deploy/systemd"
# Each with what a template is for.
VERIFIED = {
    "findings-web.service",
    "findings-owner@backup.service",
    "findings-backup.timer",
    "findings-run@sweep_evidence.service",
    "findings-nightly@make_data_set.timer",
    "findings-weekly@send_digest.timer",
    "findings-monthly@sweep_evidence.timer",
}
# In tenths, of which a service without any limit has 96.
MOST_EXPOSED = 15


def interpolated(text):
    """A compose file in which each variable has its default."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return yaml.safe_load(re.sub(r"\$\{\w+(:\?[^}]*)?\}", "findings.example", text))


@pytest.fixture(scope="module")
def compose():
    return interpolated((PROJECT / "compose.yaml").read_text())


def test_the_engine_gets_no_file_but_those_that_the_image_is_made_of(tmp_path):
    sent = ["config/commands.py", "pyproject.toml", "requirements-s3.txt", "templates/404.html"]
    kept = [
        *(".env", ".git/config", ".venv/bin/python", "config/__pycache__/commands.pyc"),
        *("secrets/secret_key", "site.env", "tests/config/test_deploy.py"),
    ]
    for name in (*sent, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert images.sent_files(tmp_path) == sent


def test_the_image_ends_as_a_user_with_a_fixed_number_and_a_check_of_its_health():
    steps = images.steps((PROJECT / "Dockerfile").read_text())
    last = steps[[step.word for step in steps].index("FROM", 2) :]
    assert [step.text for step in last if step.word == "USER"] == ["10001:10001"]
    words = [step.word for step in last]
    assert words[words.index("USER") :] == ["USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"]
    installs = re.findall(r"pip install [^;]*", (PROJECT / "Dockerfile").read_text())
    assert all(re.search("--require-hashes|--no-index", words) for words in installs)


def test_the_compose_file_has_no_word_that_compose_does_not_know(compose):
    known = {name: part for name, part in compose.items() if not name.startswith("x-")}
    spec = compose_spec.PyCompose.from_yaml(yaml.safe_dump(known)).to_spec()
    assert set(spec.services) == {"database", "migrate", "web", "nginx", "valkey"}


def test_every_container_is_confined_and_names_only_what_is_there(compose):
    services = compose["services"]
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or "build" in service, name
        assert "user" in service or "build" in service, name
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service["networks"]) <= set(compose["networks"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./config"):
                assert (PROJECT / source).is_file(), source
            elif not source.startswith("."):
                assert source in compose["volumes"]
    assert set(services["nginx"]["networks"]) == {"outer"}
    assert services["web"]["secrets"] == ["secret_key", "site_password"]
    files = {part["file"] for part in compose["secrets"].values()}
    assert all(file.startswith("./secrets/") for file in files)
    assert {"/secrets/", "/site.env"} <= set((PROJECT / ".gitignore").read_text().split())


def test_nginx_leaves_a_host_alone_by_one_rule_in_containers_and_without(compose):
    alone = (PROJECT / "config/deploy/findings-hosts.conf").read_text().splitlines()[-1]
    content = compose["configs"]["hosts"]["content"].strip()
    assert content == alone.replace("127.0.0.1", "web")


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """The units, for a machine on which any program that ends well stands for the site."""
    folder = tmp_path_factory.mktemp("units") / "systemd"
    shutil.copytree(UNITS, folder)
    for path in folder.glob("*.service"):
        path.write_text(path.read_text().replace("/opt/findings/bin/findings", "/bin/true"))
    return folder


def analyze(units, *words):
    return subprocess.run(
        [program("systemd-analyze"), *words],
        env={"SYSTEMD_UNIT_PATH": f"{units}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_systemd_finds_nothing_to_say_against_the_units(units):
    names = {path.name for path in units.iterdir() if path.suffix in {".service", ".timer"}}
    assert {re.sub("@.*[.]", "@.", name) for name in VERIFIED} == names
    done = analyze(units, "verify", *sorted(str(units / name) for name in VERIFIED))
    # A word that it does not know it ignores, and ends with 0.
    about_ours = [line for line in done.stderr.splitlines() if "findings" in line]
    assert (done.returncode, about_ours) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(name for name in VERIFIED if "service" in name))
def test_what_a_service_may_do_is_little(units, name):
    limit = f"--threshold={MOST_EXPOSED}"
    done = analyze(units, "security", "--offline=true", "--no-pager", limit, str(units / name))
    assert done.returncode == 0, done.stdout[-2000:]


def test_health_is_asked_for_by_a_host_that_the_site_allows(monkeypatch, site):
    port = urlsplit(site).port
    for hosts, host in {".findings.example,other": "findings.example", "*": "localhost"}.items():
        monkeypatch.setenv("ALLOWED_HOSTS", hosts)
        assert health.allowed_host() == host
    assert health.fault(port, "localhost") == ""
    assert health.fault(port, "elsewhere.example") == ("The site responds with 400.")
    assert health.fault(1, "localhost").startswith("The site does not respond: ")
