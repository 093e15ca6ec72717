"""The marks of an XLSX workbook."""

import posixpath
import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from .cells import Area, SheetError, column_number
from .marks import MONTH_ONLY, UNVALUED, Attributes, Handler, Marks, error_problem, whole

ERROR_CELL = re.compile(rb'(<(?:\w+:)?c\b[^<>]*?\st=)(["\'])e\2')
# The library makes room for as many texts as a file says it has, and ends the process if there is
# no such room. It does without the number, as without all that such a tag says; and it finds the
# texts by the name of their part, whatever the workbook says of it.
STRINGS = re.compile(rb"<([^\s<>/]*sst)(?=[\s/>])[^>]*?(/?)(?:>|\Z)")
# To the library a cell that names no style has none; by the standard it has the first.
NO_STYLE = re.compile(rb"<((?:\w+:)?c)(?=[\s/>])(?![^<>]*\ss\s*=)")
# Of the formats that come with every workbook: none, and the one that shows a year and no day.
BUILT_IN = {0: "", 17: "mmm-yy"}
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")


def read_marks(parts: dict[str, bytes]) -> dict[str, Marks]:
    """What each sheet says, by its name."""
    root_rels = relations(parts, "_rels/.rels", "")
    book_path = next((path for kind, path in root_rels.values() if kind == "officeDocument"), "")
    book = element(parts, book_path or "xl/workbook.xml")
    folder, file = posixpath.split(book_path or "xl/workbook.xml")
    rels = relations(parts, f"{folder}/_rels/{file}.rels", folder)
    formats = cell_formats(parts, rels)
    month_only = {str(style) for style, shown in enumerate(formats) if shows_no_day(shown)}
    for path, part in parts.items():
        if b"sst" in part:
            parts[path] = STRINGS.sub(rb"<\1\2>", part)
    found = {}
    for sheet in book.iter():
        if local(sheet.tag) != "sheet":
            continue
        attributes = {local(name): value for name, value in sheet.attrib.items()}
        kind, path = rels.get(attributes.get("id", ""), ("", ""))
        if kind == "worksheet" and path in parts:
            marks = Marks(attributes.get("name", ""))
            marks.visible = attributes.get("state", "visible") == "visible"
            SheetHandler(marks, month_only).read(parts[path])
            marks.finish()
            found[marks.name] = marks
            # The library refuses a sheet for an error that it does not know, such as #SPILL!, and
            # gives nothing for others. As texts they can be named, and all else be read.
            parts[path] = ERROR_CELL.sub(rb"\1\2str\2", parts[path])
            if formats and formats[0]:
                parts[path] = NO_STYLE.sub(rb'<\1 s="0"', parts[path])
    return found


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def element(parts: dict[str, bytes], path: str) -> Element:
    """A part as XML."""
    try:
        return fromstring(parts[path], forbid_dtd=True)
    except (KeyError, ParseError, LookupError, ValueError) as damage:
        raise SheetError(f"This file is damaged: its part {path} cannot be read.") from damage


def relations(parts: dict[str, bytes], path: str, folder: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: kind and path by id."""
    if path not in parts:
        return {}
    return {
        relation.get("Id", ""): (
            relation.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/"),
        )
        for relation in element(parts, path)
        if relation.get("TargetMode") != "External"
    }


def cell_formats(parts: dict[str, bytes], rels: dict[str, tuple[str, str]]) -> list[str]:
    """How the cells of each style show numbers; empty for a style that adds nothing."""
    path = next((path for kind, path in rels.values() if kind == "styles"), "")
    if path not in parts:
        return []
    root = element(parts, path)
    codes = {
        whole(item.get("numFmtId")): item.get("formatCode", "")
        for item in root.iter()
        if local(item.tag) == "numFmt"
    }
    codes |= BUILT_IN
    styles = next((item for item in root if local(item.tag) == "cellXfs"), ())
    numbers = (whole(item.get("numFmtId"), 0) for item in styles)
    return [codes.get(number, f"format {number}") for number in numbers]


def shows_no_day(code: str) -> bool:
    """Whether a format of dates shows a year, and no day."""
    letters = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|General', "", code.partition(";")[0]).lower()
    return "y" in letters and not re.search("[dhs0#?]", letters)


class SheetHandler(Handler):
    """Reads a sheet's XML."""

    def __init__(self, marks: Marks, month_only: set[str]) -> None:
        super().__init__()
        self.marks = marks
        self.month_only = month_only
        self.row = self.column = -1
        self.letters: dict[str, int] = {}
        self.cell: Attributes = {}
        self.formula: str | None = None
        self.value = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self.cell, self.formula, self.value = attributes, None, ""
            self.row, self.column = self.place(attributes.get("r"))
        elif name in ("f", "v", "t"):
            self.text = []
        elif name == "row":
            self.row = whole(attributes.get("r"), self.row + 2) - 1
            self.column = -1
            if attributes.get("hidden") in ("1", "true"):
                self.marks.hidden_rows.append((self.row, self.row))
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            ends = whole(attributes.get("min")) - 1, whole(attributes.get("max")) - 1
            self.marks.hidden_columns.append(ends)
        elif name == "mergeCell":
            self.merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name in ("f", "v", "t") and self.text is not None:
            text = "".join(self.text)
            self.text = None
            if name == "f":
                self.formula = text
            else:
                self.value += text
        elif name == "c":
            self.end_cell()

    def end_cell(self) -> None:
        """A cell with all that stands in it."""
        at, marks = (self.row, self.column), self.marks
        if self.formula is None and not self.value:
            return
        marks.reach(*at)
        kind = self.cell.get("t")
        if self.formula is not None:
            marks.add_formula(*at)
            if not self.value and kind != "str":
                marks.problems[at] = UNVALUED
                marks.unvalued[at] = f"={self.formula}"
        if kind == "e":
            marks.problems[at] = error_problem(self.value)
        elif self.cell.get("s", "0") in self.month_only and self.value and kind in (None, "n", "d"):
            marks.problems[at] = MONTH_ONLY

    def place(self, reference: str | None) -> tuple[int, int]:
        """Row and column of a cell; without a reference it follows the one before."""
        if reference is None:
            return self.row, self.column + 1
        found = REFERENCE.fullmatch(reference)
        if found is None:
            raise SheetError(f"This file is damaged: no cell is called “{reference}”.")
        letters = found[1]
        if letters not in self.letters:
            self.letters[letters] = column_number(letters)
        return int(found[2]) - 1, self.letters[letters]

    def merge(self, reference: str) -> None:
        """An area of merged cells."""
        first, _, last = reference.partition(":")
        top, left = self.place(first)
        bottom, right = self.place(last or first)
        self.marks.merged.append(Area(top, left, bottom, right))
