"""Checks one document from standard input and prints why it is refused, or nothing."""

import sys

from .archives import Archive
from .office import check_office
from .opendocument import check_opendocument
from .pdf import check_pdf
from .refusals import ActiveContentError

try:
    import resource
except ImportError:  # Windows, where only the time is limited
    resource = None

MAX_MEMORY = 1_500_000_000
MAX_SECONDS = 20
CHECKS = {
    "pdf": check_pdf,
    "office": lambda content: check_office(Archive(content)),
    "opendocument": lambda content: check_opendocument(Archive(content)),
}


def main(check: str) -> None:
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        CHECKS[check](sys.stdin.buffer.read())
    except ActiveContentError as refusal:
        sys.stdout.buffer.write(str(refusal).encode())


if __name__ == "__main__":
    main(sys.argv[1])
