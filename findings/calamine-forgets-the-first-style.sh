#!/usr/bin/env bash
# calamine does not give a cell of XLSX that names no style the first one, which is its style.
#
# One would guess: a date is a date, whether its cell says s="0" or says nothing. The standard (ECMA-376, part 1,
# 18.3.1.4) gives the attribute s the default 0, the first format of cellXfs.
# What happens: where the first format is one of dates, <c r="B1" s="0"> is read as 12 June 2025, and <c r="A1">, which
# means the same, as the number 45820. openpyxl reads both as the date. A reader that takes numbers for years or codes is
# handed one without a word.
# Seen with python-calamine 0.9.1 and openpyxl 3.1.5 on Python 3.11, on 30 November 2026.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    python-calamine==0.9.1 openpyxl==3.1.5 et_xmlfile==2.0.0

cat > same_style.py <<'PY'
import datetime
import re
import sys
import zipfile
from io import BytesIO

from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

ROW = b'<row r="1"><c r="A1"><v>45820</v></c><c r="B1" s="0"><v>45820</v></c></row>'
FORMATS = b'<cellXfs count="1"><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'

plain, file = BytesIO(), BytesIO()
Workbook().save(plain)
with zipfile.ZipFile(plain) as old, zipfile.ZipFile(file, "w") as new:
    for name in old.namelist():
        part = old.read(name)
        if name == "xl/worksheets/sheet1.xml":
            part = re.sub(rb"<sheetData\s*/>|<sheetData></sheetData>", b"<sheetData>" + ROW + b"</sheetData>", part)
        if name == "xl/styles.xml":
            part = re.sub(rb"<cellXfs.*</cellXfs>", FORMATS, part, flags=re.DOTALL)
        new.writestr(name, part)

by_openpyxl = [cell.value for cell in load_workbook(file).active[1]]
file.seek(0)
by_calamine = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()[0]
print("openpyxl", by_openpyxl)
print("calamine", by_calamine)
day = datetime.date(2025, 6, 12)
midnight = datetime.datetime(2025, 6, 12)
sys.exit((by_openpyxl, by_calamine) != ([midnight, midnight], [45820.0, day]))
PY
venv/bin/python same_style.py
echo "As told above."
