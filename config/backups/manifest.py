"""What a backup says of itself, and whether it is still whole.

A backup is a folder: `manifest.json`, the database as `pg_dump` writes it (`database.dump`), stored
files under the names of their storages, and `SHA256SUMS` of all of these, which `sha256sum --check`
reads too.
"""

import hashlib
import json
from pathlib import PurePosixPath

from findings.storage import write_through

MANIFEST, DUMP, SUMS = "manifest.json", "database.dump", "SHA256SUMS"
FORMAT = 1  # of the folder; a later one has another
STORAGES = ("evidence", "data_sets")  # whose files a backup holds


class BadBackupError(Exception):
    """A folder is no backup, or one that is not whole; says so in a sentence."""


def write_sums(folder):
    """Write down the SHA-256 of all that is in the folder, and have the disk keep it."""
    (folder / SUMS).unlink(missing_ok=True)
    parts = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in parts]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    for path in (*folder.rglob("*"), folder):
        write_through(path)


def sha256_of(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_backup(folder):
    """What a backup says of itself, once each of its parts was compared with its SHA-256.

    Raises `BadBackupError`.
    """
    sums = folder / SUMS
    if not sums.is_file():
        raise BadBackupError(f"{folder} is not a backup: it has no {SUMS}.")
    try:
        listed = dict(reversed(line.split("  ", 1)) for line in sums.read_text().splitlines())
    except ValueError:
        raise BadBackupError(f"{sums} is damaged: it is not a list of SHA-256.") from None
    wrong = [fault for part, sha256 in listed.items() if (fault := look_at(folder, part, sha256))]
    if wrong:
        more = f", and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise BadBackupError(f"{folder} is not whole: {', '.join(wrong[:5])}{more}.")
    if unlisted := {MANIFEST, DUMP} - set(listed):
        raise BadBackupError(f"{folder} is not whole: {SUMS} lacks {', '.join(sorted(unlisted))}.")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise BadBackupError(
            f"{folder} was made by version {manifest['version']}, which writes backups in another "
            "form. Restore it with that version, then upgrade."
        )
    if strange := [file for file in manifest["files"] if not is_of_ours(*file[:2])]:
        raise BadBackupError(f"{folder} is no backup of ours: {'/'.join(strange[0][:2])} is in it.")
    if unlisted := {"/".join(file[:2]) for file in manifest["files"]} - set(listed):
        raise BadBackupError(f"{folder} is not whole: {SUMS} lacks {min(unlisted)}.")
    return manifest


def is_of_ours(storage, name):
    """Whether a file goes into one of the two storages that are backed up, and nowhere else."""
    path = PurePosixPath(name)
    return storage in STORAGES and not path.is_absolute() and ".." not in path.parts


def look_at(folder, part, sha256):
    """What is wrong with a part of a backup; empty if nothing is."""
    path = folder / part
    if not path.resolve().is_relative_to(folder.resolve()):
        return f"{part} lies outside of it"
    if not path.is_file():
        return f"{part} is missing"
    return "" if sha256_of(path) == sha256 else f"{part} has changed"
