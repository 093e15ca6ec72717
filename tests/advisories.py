"""Asks for known weaknesses of what the requirements pin, for `make audit`.

pip-audit asks an index of advisories. Of a package that the index does not answer for, it says so
and calls all well: here, that is an error of its own.
"""

import json
import subprocess
import sys

ALL = "requirements-dev.txt"  # the extras and the tools too
KNOWN, UNANSWERED = 1, 3  # exit codes; 2 is that of a wrong command


def ask(*where, file=ALL):
    """The packages of a file as pip-audit lists them, or None if the index cannot be reached."""
    asked = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", file, *where),
            *("--disable-pip", "--require-hashes", "--format", "json"),
            *("--progress-spinner", "off", "--desc", "off", "--timeout", "10"),
        ],
        capture_output=True,
        text=True,
    )
    try:
        return json.loads(asked.stdout)["dependencies"]
    except ValueError:
        return None


def report(packages):
    """What to say of the packages, and the exit code."""
    if not packages or all("skip_reason" in package for package in packages):
        return ["No index of advisories answered."], UNANSWERED
    lines = [
        f"{package['name']} {package['version']}: {advisory['id']}, mended in "
        f"{', '.join(advisory['fix_versions']) or 'no version yet'}."
        for package in packages
        for advisory in package.get("vulns", ())
    ]
    unanswered = [package["name"] for package in packages if "skip_reason" in package]
    if unanswered:
        lines.append(f"No index of advisories answered for {', '.join(unanswered)}.")
    if any(package.get("vulns") for package in packages):
        return lines, KNOWN
    if unanswered:
        return lines, UNANSWERED
    return [f"No advisory is known on any of {len(packages)} packages."], 0


if __name__ == "__main__":
    found = ask("--vulnerability-service", "osv") or ask("--vulnerability-service", "pypi")
    lines, code = report(found)
    print("\n".join(lines))
    sys.exit(code)
