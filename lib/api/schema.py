"""The description of the interface: an OpenAPI 3.1 document, made from the filters and columns of
the collections themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lib.as_at import days
from lib.lists.columns import Column
from lib.lists.facets import NONE, Facet
from lib.lists.filtersets import SLUG, FilterSet

from . import parameters, problems

Schema = dict[str, Any]

VERSION = "1.0"
# A slug that may be excluded; what `SLUG` matches, as JSON Schema writes it.
VALUE = f"^-?{SLUG.pattern.replace(chr(92) + 'w', 'A-Za-z0-9_')}$"
KINDS: dict[str, Schema] = {
    "text": {"type": "string"},
    "code": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "partial_date": {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
}
WORDS = {
    "text": "text",
    "code": "code",
    "date": "date",
    "partial_date": "date, month or year",
    "integer": "number",
    "boolean": "true or false",
}
ABOUT = {
    "title": {"type": "string", "description": "What the rows are"},
    "address": {"type": "string", "format": "uri", "description": "The address of all of them"},
    "filters": {"type": "string", "description": "How they were chosen, in words"},
    "as_at": {"type": "string", "format": "date-time", "description": "When this was true"},
    "rows": {"type": "integer", "minimum": 0, "description": "How many there are, on all pages"},
    "licence": {"type": ["string", "null"], "description": "The licence of this compilation"},
    "note": {"type": "string", "description": "What to say of it where you use it"},
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail", "parameter"],
                "properties": {
                    "detail": {"type": "string"},
                    "parameter": {"type": ["string", "null"]},
                },
            },
        },
    },
    "additionalProperties": False,
}
HEADERS = {
    "ETag": "Send it back in If-None-Match: 304 says that nothing has changed.",
    "Last-Modified": "When something on the site last changed, or the day began.",
    "Cache-Control": "Keep a response, and ask each time whether it still holds.",
    "Access-Control-Allow-Origin": "Any site may read it.",
}


class Described(NamedTuple):
    """A collection as the description needs it.

    `key` has the arguments of a row's address, each with the type of its values. `example` are the
    arguments of some row, if there is one.
    """

    name: str
    title: str
    description: str
    nouns: tuple[str, str]
    filterset: FilterSet
    columns: Sequence[Column]
    sorts: Sequence[str]
    key: Mapping[str, str]
    example: Mapping[str, Any]


class Parameter(NamedTuple):
    """A parameter of an address, what it means, and which values it takes.

    `words` are its values as people read them. One that `is_list` is repeated in an address.
    """

    name: str
    meaning: str
    schema: Schema
    words: str = "text"
    is_list: bool = False
    where: str = "query"

    def described(self) -> Schema:
        """The parameter in OpenAPI."""
        entry = {
            "name": self.name,
            "in": self.where,
            "description": self.meaning,
            "required": self.where == "path",
            "schema": self.schema,
        }
        if self.where == "query" and self.schema["type"] == "array":
            # Filters are repeated; fields stand in one list.
            entry |= {"style": "form", "explode": self.is_list}
        return entry


def of_facet(facet: Facet, values: Sequence[str]) -> Parameter:
    """A filter: any of its values, or with a hyphen before it all but that one.

    `values` are those that some rows have.
    """
    closed = [*facet.conditions, *(slug for slug, _ in facet.choices.values())]
    if facet.none and NONE not in closed:
        closed.append(NONE)
    is_closed = bool(facet.choices) or facet.value is None
    one: Schema = {"type": "string"}
    if is_closed:
        one["enum"] = [f"{sign}{value}" for sign in ("", "-") for value in closed]
    else:
        one["pattern"] = VALUE
    texts = [facet.label]
    if facet.none and not is_closed:
        texts.append(f"“none” stands for: {facet.none}")
    if facet.default:
        texts.append(f"“{facet.default}” if you do not choose")
    array: Schema = {"type": "array", "items": one, "minItems": 1}
    if values:
        array["examples"] = [[values[0]]]
    words = ", ".join(closed) if is_closed else "slugs, as in addresses of pages"
    return Parameter(facet.name, "; ".join(texts), array, words, is_list=True)


def of_one(columns: Sequence[Column]) -> list[Parameter]:
    """The parameters of one row's address."""
    names = [column.name for column in columns]
    array: Schema = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1}
    array["examples"] = [names[:3]]
    meaning = "Which fields, with commas between them; all if none"
    day = {"type": "string", "format": "date", "examples": ["2025-09-01"]}
    return [
        Parameter("fields", meaning, array, "names from the table of fields"),
        Parameter(
            days.PARAMETER, "What had been published by the end of this day", day, "2025-09-01"
        ),
    ]


def of_many(collection: Described) -> list[Parameter]:
    """The parameters of a collection's address."""
    filterset = collection.filterset
    slug = {"type": "string", "pattern": VALUE.replace("-?", "", 1)}
    found = [
        of_facet(facet, sorted(filterset.postings.values[facet.name]))
        for facet in filterset.facets.values()
    ]
    found += [
        Parameter(name, meaning, slug, "a slug")
        for name, meaning in filterset.own_parameters.items()
    ]
    if filterset.search_class:
        words = "Words to search for; “quoted” they stand together, and -word leaves one out"
        found.append(
            Parameter(
                "q",
                words,
                {"type": "string", "minLength": 1, "maxLength": 200, "examples": ["crime"]},
            )
        )
    if collection.sorts:
        orders = [f"{sign}{name}" for name in collection.sorts for sign in ("", "-")]
        meaning = "The order, reversed by a hyphen before it; that of the page if none"
        schema: Schema = {"type": "string", "enum": orders, "examples": orders[:2]}
        found.append(Parameter("sort", meaning, schema, ", ".join(collection.sorts)))
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": parameters.MOST_ROWS,
        "default": parameters.LIMIT,
    }
    moment = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    moment["examples"] = ["2025-09-01", "2025-09-01T09:00:00Z"]
    return [
        *found,
        *of_one(collection.columns),
        Parameter(
            "changed_since",
            "Rows of which something changed since then, or became public",
            moment,
            "2025-09-01 or 2025-09-01T09:00:00Z",
        ),
        Parameter(
            "limit",
            f"How many rows a page has at most; {parameters.LIMIT} if you do not say",
            limit,
            f"1 to {parameters.MOST_ROWS}",
        ),
        Parameter(
            "cursor",
            "Where a page begins: follow “next” rather than write it",
            {"type": "string", "pattern": f"^{parameters.CURSOR.pattern}$"},
        ),
    ]


def of_column(column: Column) -> Schema:
    """The values of a field; a list has no gaps, anything else may be null."""
    kind = KINDS[column.kind]
    if column.is_list:
        schema: Schema = {"type": "array", "items": kind}
    else:
        schema = kind | {"type": [kind["type"], "null"]}
        if column.words:
            schema["enum"] = [*dict.fromkeys(column.words.values()), None]
    return schema | {"description": column.meaning}


def words_of(column: Column) -> str:
    """The type of a field, as people read it."""
    if column.words:
        return "one of: " + ", ".join(dict.fromkeys(column.words.values()))
    return f"list of {WORDS[column.kind]}s" if column.is_list else WORDS[column.kind]


def reference(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def row_schema(collection: Described) -> Schema:
    """A row: all its fields, or those that were asked for."""
    return {
        "type": "object",
        "description": f"One {collection.nouns[0]}, or those of its fields that were asked for.",
        "properties": {column.name: of_column(column) for column in collection.columns},
        "additionalProperties": False,
    }


def ok(collection: Described, properties: Schema) -> Schema:
    """The answer with what was asked for."""
    names = ["about", *properties]
    return {
        "description": collection.description,
        "headers": {name: reference("headers", name) for name in HEADERS},
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": names,
                    "properties": {"about": reference("schemas", "about")} | properties,
                    "additionalProperties": False,
                }
            }
        },
    }


def operation(
    collection: Described, name: str, summary: str, found: Sequence[Parameter], answer: Schema
) -> Schema:
    """What an address gives, as OpenAPI says it."""
    moved = reference("responses", "moved")
    responses = {"200": answer, "301": moved, "302": moved}
    responses["304"] = {"description": "Nothing has changed since the response with this ETag."}
    responses |= {str(status): reference("responses", "problem") for status in (400, 404, 405)}
    responses["default"] = reference("responses", "problem")
    return {
        "operationId": name,
        "summary": summary,
        "tags": [collection.name],
        "parameters": [one.described() for one in found],
        "responses": responses,
    }


def paths_of(collection: Described) -> Schema:
    """The two addresses of a collection: of its rows, and of one of them."""
    row = reference("schemas", collection.name)
    following = {"type": ["string", "null"], "format": "uri", "description": "The next page"}
    many = {"next": following, "rows": {"type": "array", "items": row}}
    noun, nouns = collection.nouns
    arguments = [
        Parameter(name, f"What names the {noun}", key_schema(kind), where="path")
        for name, kind in collection.key.items()
    ]
    for place, argument in enumerate(arguments):
        if argument.name in collection.example:
            example = {"examples": [collection.example[argument.name]]}
            arguments[place] = argument._replace(schema=argument.schema | example)
    one = "".join(f"{{{name}}}/" for name in collection.key)
    return {
        f"/{collection.name}/": {
            "get": operation(
                collection,
                collection.name,
                f"List {nouns}",
                of_many(collection),
                ok(collection, many),
            )
        },
        f"/{collection.name}/{one}": {
            "get": operation(
                collection,
                f"{collection.name}_row",
                f"Read one {noun}",
                [*arguments, *of_one(collection.columns)],
                ok(collection, {"row": row}),
            )
        },
    }


def key_schema(kind: str) -> Schema:
    if kind == "int":
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,100}$"}


def document(collections: Sequence[Described], about: Schema, root: str) -> Schema:
    """The whole description; `root` is the address that all others begin with."""
    paths: Schema = {}
    for collection in collections:
        paths |= paths_of(collection)
    texts = {"description": "The address that it has today", "headers": {}}
    texts["headers"] = {"Location": {"schema": {"type": "string", "format": "uri-reference"}}}
    details = {"schema": reference("schemas", "problem")}
    return {
        "openapi": "3.1.0",
        "info": about | {"version": VERSION},
        "servers": [{"url": root.removesuffix("/")}],
        "tags": [{"name": one.name, "description": one.description} for one in collections],
        "paths": paths,
        "components": {
            "schemas": {
                "about": {
                    "type": "object",
                    "required": list(ABOUT),
                    "properties": ABOUT,
                    "additionalProperties": False,
                },
                "problem": PROBLEM,
                **{one.name: row_schema(one) for one in collections},
            },
            "headers": {
                name: {"description": meaning, "schema": {"type": "string"}}
                for name, meaning in HEADERS.items()
            },
            "responses": {
                "moved": texts,
                "problem": {
                    "description": "What is wrong with the request, or here",
                    "content": {problems.CONTENT_TYPE: details},
                },
            },
        },
    }
