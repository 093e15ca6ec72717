"""What describes an archive to programs: a data package (Frictionless) and CSV on the Web."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..lists.columns import SEPARATOR, Column
from .archive import Entry, as_json
from .tables import Link, Table

PROFILES = "https://datapackage.org/profiles/2.0"
PARTIAL_DATE = "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
IN_PARTS = "A day, or a month or a year where no more is known: 2025-06-12, 2025-06 or 2025."
FRICTIONLESS_TYPES = {
    "date": "date",
    "moment": "datetime",
    "integer": "integer",
    "boolean": "boolean",
}
CSVW_TYPES = FRICTIONLESS_TYPES | {"moment": "dateTime"}

Json = dict[str, Any]


class About(NamedTuple):
    """What a data set says of itself: name in addresses, title, description, licence."""

    name: str
    title: str
    description: str
    licence: str
    licence_url: str


def meaning(column: Column) -> str:
    """What stands in a column."""
    return f"{column.meaning} {IN_PARTS}" if column.kind == "partial_date" else column.meaning


def enum(column: Column) -> list[str]:
    """The values that a column may have; empty where any may stand."""
    return list(column.words.values()) if column.words else []


def data_package(about: About, entries: Sequence[Entry]) -> str:
    """The descriptor of the Frictionless Data Package, version 2."""
    package: Json = {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": about.name,
        "title": about.title,
        "description": about.description,
    }
    if about.licence:
        licence = {"title": about.licence}
        package["licenses"] = [licence | ({"path": about.licence_url} if about.licence_url else {})]
        if not about.licence_url:  # each names a place, and this one is in the archive
            package["licenses"][0]["path"] = "LICENCE.txt"
    return as_json(package | {"resources": [resource(entry) for entry in entries]})


def resource(entry: Entry) -> Json:
    """A table as a resource of the data package."""
    table = entry.table
    schema: Json = {
        "$schema": f"{PROFILES}/tableschema.json",
        "fieldsMatch": "exact",
        "missingValues": [""],
        "fields": [field(column, column.name in table.required) for column in table.columns],
    }
    if table.has_whole_key:
        schema["primaryKey"] = list(table.key)
    elif table.key:
        schema["uniqueKeys"] = [list(table.key)]
    if table.links:
        schema["foreignKeys"] = [
            {
                "fields": list(link.columns),
                "reference": {
                    "resource": "" if link.table == table.name else link.table,
                    "fields": list(link.to),
                },
            }
            for link in table.links
        ]
    return {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "type": "table",
        "path": table.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": entry.size,
        "hash": f"sha256:{entry.sha256}",
        "dialect": {
            "$schema": f"{PROFILES}/tabledialect.json",
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "schema": schema,
    }


def field(column: Column, required: bool) -> Json:
    """A column as a field of a table's schema."""
    described: Json = {"name": column.name, "description": meaning(column)}
    constraints: Json = {"required": True} if required else {}
    if column.is_list:
        return described | {"type": "list", "delimiter": SEPARATOR, "itemType": "string"}
    described["type"] = FRICTIONLESS_TYPES.get(column.kind, "string")
    if column.kind == "partial_date":
        constraints["pattern"] = f"^{PARTIAL_DATE}$"
    if values := enum(column):
        constraints["enum"] = values
    return described | ({"constraints": constraints} if constraints else {})


def csv_on_the_web(about: About, entries: Sequence[Entry]) -> str:
    """The metadata of CSV on the Web for all tables."""
    paths = {entry.table.name: entry.table.path for entry in entries}
    described: Json = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": about.title,
        "dc:description": about.description,
        "dialect": {"header": True, "encoding": "utf-8"},
        "tables": [csvw_table(entry.table, paths) for entry in entries],
    }
    if about.licence:
        described["dc:license"] = about.licence_url or about.licence
    return as_json(described)


def csvw_table(table: Table, paths: dict[str, str]) -> Json:
    """A table of CSV on the Web; `paths` has the files of all."""
    schema: Json = {
        "columns": [csvw_column(one, one.name in table.required) for one in table.columns]
    }
    if table.has_whole_key:
        schema["primaryKey"] = list(table.key)
    # Strict validators take an empty cell for a row that is not there.
    never_empty = [link for link in table.links if table.required.issuperset(link.columns)]
    if never_empty:
        schema["foreignKeys"] = [csvw_link(link, paths) for link in never_empty]
    return {
        "url": table.path,
        "dc:title": table.title,
        "dc:description": table.description,
        "tableSchema": schema,
    }


def csvw_link(link: Link, paths: dict[str, str]) -> Json:
    reference = {"resource": paths[link.table], "columnReference": list(link.to)}
    return {"columnReference": list(link.columns), "reference": reference}


def csvw_column(column: Column, required: bool) -> Json:
    """A column of CSV on the Web; a list is text there with what separates its values."""
    datatype: str | Json = CSVW_TYPES.get(column.kind, "string")
    if column.kind == "partial_date":
        datatype = {"base": "string", "format": PARTIAL_DATE}
    if values := enum(column):
        datatype = {"base": "string", "format": "|".join(map(re.escape, values))}
    described: Json = {
        "name": column.name,
        "titles": column.name,
        "dc:description": meaning(column),
        "datatype": datatype,
    }
    if column.is_list:
        described["separator"] = SEPARATOR
    return described | ({"required": True} if required else {})
