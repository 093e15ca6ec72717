"""What becomes of a form whose row somebody else changed since it was opened: nothing is saved, and nothing that was typed is lost."""


def as_seen(text):
    """The number of the version, or of the last change, that the writer of a form had before them; nought where it cannot be read."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return 0
