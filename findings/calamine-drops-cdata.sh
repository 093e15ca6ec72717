#!/usr/bin/env bash
# calamine reads a text in a CDATA section as an empty cell, in some elements of a workbook and not in others.
#
# One would guess: <![CDATA[R&D]]> and R&amp;D are one and the same to every reader of XML, and a reader that does not
# think so refuses the file.
# What happens: in an ODS file, and in the value of a formula in an XLSX file, the text is gone and the cell is empty,
# without an error. A number written so is gone as well. In shared and inline strings of XLSX it is read, so that a
# workbook is read in part. openpyxl reads all of the XLSX file. CDATA is what generators write that go through a DOM
# (cdata-section-elements of XSLT, createCDATASection of odfpy).
# Seen with python-calamine 0.9.1 and openpyxl 3.1.5 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    python-calamine==0.9.1 openpyxl==3.1.5 et_xmlfile==2.0.0

cat > same_text.py <<'PY'
import re
import sys
import zipfile
from io import BytesIO

from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook


def xlsx(text, number):
    """A workbook of openpyxl's, with one row put into its sheet."""
    file = BytesIO()
    Workbook().save(file)
    row = (
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c>'
        f'<c r="B1" t="str"><f>"R"&amp;"&amp;D"</f><v>{text}</v></c><c r="C1"><v>{number}</v></c>'
        '<c r="D1"><v>1</v></c></row>'
    ).encode()
    made = BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, times = re.subn(rb"<sheetData\s*/>|<sheetData></sheetData>", b"<sheetData>" + row + b"</sheetData>", part)
                assert times == 1
            new.writestr(name, part)
    return made


def ods(text):
    """The least that is a spreadsheet in ODF."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        new.writestr("mimetype", kind)
        new.writestr("META-INF/manifest.xml", (
            f'<manifest:manifest xmlns:manifest="{urn}:manifest:1.0" manifest:version="1.3">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
        ))
        new.writestr("content.xml", (
            f'<office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
            f'xmlns:text="{urn}:text:1.0" office:version="1.3"><office:body><office:spreadsheet>'
            '<table:table table:name="A"><table:table-column table:number-columns-repeated="2"/><table:table-row>'
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
            '</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>'
        ))
    return made


def by_calamine(file):
    file.seek(0)
    return CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python(skip_empty_area=False)[0]


def by_openpyxl(file):
    return [cell.value for cell in load_workbook(file, data_only=True).active[1]]


escaped, section = "R&amp;D", "<![CDATA[R&D]]>"
rows = {
    "ODS, escaped, calamine": by_calamine(ods(escaped)),
    "ODS, CDATA, calamine": by_calamine(ods(section)),
    "XLSX, escaped, calamine": by_calamine(xlsx(escaped, 7)),
    "XLSX, CDATA, calamine": by_calamine(xlsx(section, "<![CDATA[7]]>")),
    "XLSX, CDATA, openpyxl": by_openpyxl(xlsx(section, "<![CDATA[7]]>")),
}
for name, row in rows.items():
    print(f"{name:24} {row}")
seen = [["R&D", 1.0], ["", 1.0], ["R&D", "R&D", 7.0, 1.0], ["R&D", "", "", 1.0], ["R&D", "R&D", 7, 1]]
sys.exit(list(rows.values()) != seen)
PY
venv/bin/python same_text.py
echo "As told above."
