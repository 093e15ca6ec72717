"""The software bill of materials: what the site is made of, as CycloneDX JSON, for `make sbom`.

It is made from the pins alone, so it is the same wherever it is made; only licences come from what
is installed.
"""

import re
import sys
import tomllib
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent
NEEDED = "requirements.txt"
OPTIONAL = "requirements-{}.txt"


class Pin(NamedTuple):
    """A package as the pins name it: with the hashes of its files, and who asks for it."""

    name: str
    version: str
    marker: str
    hashes: tuple
    asked_for_by: tuple


def pins(file):
    """The packages in a file of requirements, as uv writes it."""
    entries = re.findall(
        r"^([\w.-]+)==([^\s;]+)(?: ; (.*?))? \\\n((?: +--hash=.*\n)+)((?: +#.*\n)+)",
        (ROOT / file).read_text(),
        re.MULTILINE,
    )
    return [
        Pin(
            name,
            version,
            marker,
            tuple(re.findall(r"sha256:(\w+)", hashes)),
            tuple(re.findall(r"^ +#(?: via)? +([\w.-]+)", asked_for_by, re.MULTILINE)),
        )
        for name, version, marker, hashes, asked_for_by in entries
    ]


def component(pin, extra=None):
    """A package, as the bill lists it; `extra` is the optional part of the site that needs it."""
    address = PackageURL("pypi", name=pin.name, version=pin.version)
    about = {"extra": extra, "marker": pin.marker}
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.OPTIONAL if extra else ComponentScope.REQUIRED,
        purl=address,
        bom_ref=str(address),
        licenses=licences(pin),
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(str(address)),
                comment="Each hash is that of one file; one of them is installed.",
                hashes=[
                    HashTypeFactory().from_composite_str(f"sha256:{one}") for one in pin.hashes
                ],
            )
        ],
        properties=[
            Property(name=f"findings:{name}", value=value) for name, value in about.items() if value
        ],
    )


def licences(pin):
    """What an installed package says of its licence, if it says so in a few words."""
    try:
        about = metadata.metadata(pin.name)
    except metadata.PackageNotFoundError:
        return []
    classified = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    said = about.get("License-Expression") or about.get("License") or " AND ".join(classified)
    if "\n" in said or len(said) > 80:
        said = classified[0] if classified else ""
    return [LicenseFactory().make_from_string(said)] if said and said != "UNKNOWN" else []


def bill():
    """The bill, as text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed, askers = {}, {}
    for extra in (None, *sorted(project["optional-dependencies"])):
        for pin in pins(OPTIONAL.format(extra) if extra else NEEDED):
            listed.setdefault(pin.name, (pin, extra))
            askers.setdefault(pin.name, set()).update(pin.asked_for_by)
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, sha256(repr(listed).encode()).hexdigest()))
    bom.metadata.timestamp = None
    bom.metadata.component = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
    )
    components = {name: component(*one) for name, one in listed.items()}
    bom.components.update(components.values())
    components[project["name"]] = bom.metadata.component
    for asker, what in components.items():
        bom.register_dependency(
            what, [components[name] for name in listed if asker in askers[name]]
        )
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(bill())
