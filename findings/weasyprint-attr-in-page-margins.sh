#!/usr/bin/env bash
# WeasyPrint makes no PDF at all of a page whose running head comes from an attribute.
#
# One would guess: a sheet that browsers print well prints here too. `content: attr(data-title)` in the margin of a page,
# also by a custom property of :root (as Chromium takes it), is the attribute of the root element, or at worst is empty,
# as any other content is that WeasyPrint does not know: it warns of unknown rules and goes on.
# What happens: write_pdf() raises AttributeError ('NoneType' object has no attribute 'get'), for a margin box has no
# element. The sheet of a whole site may hold this one rule, and then none of its pages becomes a PDF. What works is a
# named string: `h1 { string-set: title content() }` and `content: string(title)`.
# Seen with WeasyPrint 70.0 on Python 3.11, on 30 November 2026. Needs Pango (Debian's libpangoft2-1.0-0).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check weasyprint==70.0

cat > running_heads.py <<'PY'
import sys

from weasyprint import HTML

PAGE = """<!doctype html><html lang="en" data-title="Report"><head><title>Report</title><style>
:root {{ --title: attr(data-title) }}
h1 {{ string-set: title content() }}
@page {{ @top-left {{ content: {head} }} }}
</style></head><body><h1>Report</h1></body></html>"""
seen = {}
for head in ('"Report"', "string(title)", "attr(data-title)", "var(--title)"):
    try:
        HTML(string=PAGE.format(head=head)).write_pdf()
        seen[head] = "a PDF"
    except AttributeError as error:
        seen[head] = f"AttributeError: {error}"
    print(f"content: {head}: {seen[head]}")
works = [head for head, what in seen.items() if what == "a PDF"]
sys.exit(works != ['"Report"', "string(title)"])
PY
venv/bin/python running_heads.py
