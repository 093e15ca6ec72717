"""Plain text that some program reads as another kind of file, by how it begins."""

import re

# By what programs look for, whatever the file is called.
BEGINNINGS = re.compile(
    r"""
    \{\\u?rt                                            # Word reads it as RTF
    | %!                                                # PostScript
    | %FDF-                                             # forms that fetch a PDF
    | (?i:MIME-Version:)                                # a page with its parts
    | \#@~\^                                            # an encoded script
    | (Windows\ Registry\ Editor|REGEDIT4)\b
    | (WEB|XLODBC)\n1\n                                 # Excel asks a server
    | TABLE\n0,1\n"[^"\n]*"\n(VECTORS|TUPLES)           # a sheet (DIF)
    """,
    re.VERBOSE,
)
# A sheet of Multiplan (SYLK), in which Excel runs macros: by its first line, or by those that
# follow. A list in which semicolons part the columns “ID” and “Posts” is none.
SYLK = re.compile(
    r"""ID;P(
        ([^;\n]*(;[NE])+;?|)(\n|\Z)
        | [^\n]*\n([^\n]*\n)*?
          ([BCF];[XY]\d | C;[KE]["\d-] | O;[A-Z](;|\n|\Z) | N[ELNU];[A-Z] | P;PGeneral | E(\n|\Z))
    )""",
    re.VERBOSE,
)
# Files that a shell opens: a shortcut, or what a folder or a drive does.
SHORTCUT = re.compile(
    r"^[ \t]*\[(InternetShortcut|Desktop Entry|\.ShellClassInfo|Shell|AutoRun|DefaultInstall)\]",
    re.IGNORECASE | re.MULTILINE,
)


def is_another_kind(text: str) -> bool:
    """Whether a program reads a text as another kind of file; its lines end with a line feed."""
    start = text.lstrip()
    return bool(BEGINNINGS.match(start) or SYLK.match(start) or SHORTCUT.search(text))
