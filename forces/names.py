"""Names of organisations as people write them: with “&”, without “Police”, or by initials."""

import re
from functools import lru_cache
from typing import NamedTuple

from lib.folding import fold

# What may follow the name of a place; people leave it out or take one for the other.
KINDS = (["police", "service"], ["police", "force"], ["police"], ["constabulary"], ["force"])
SMALL_WORDS = {"and", "of", "the", "for"}
MOST_INITIALS = 6
COMPASS = re.compile(r"(?:.* )?(?:north|south|east|west|midlands)", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    """The words of a name, in lower case and without accents; “&” is “and”."""
    return re.findall(r"\w+", fold(text).lower().replace("&", " and ").replace("'", ""))


@lru_cache(2_000)  # for each name that is looked up, all names are compared
def name_key(text: str) -> str:
    """What a name is compared by: equal for names that people take for the same."""
    words = words_of(text)
    if words[:1] == ["the"]:
        words = words[1:]
    for kind in KINDS:
        if len(words) > len(kind) and words[-len(kind) :] == kind:
            words = words[: -len(kind)]
            break
    return " ".join(words)


def initials_of(name: str) -> set[str]:
    """The initials of a name with and without its kind; none for a name of one word."""
    whole, short = (
        "".join(word[0] for word in words if word not in SMALL_WORDS)
        for words in (words_of(name), name_key(name).split())
    )
    return {whole, short} if len(short) > 1 else set()


def typed_initials(text: str) -> str:
    """The initials that a text consists of: "A&S", "GMP"; empty if it is anything else."""
    words = [word for word in name_key(text).split() if word not in SMALL_WORDS]
    if len(words) == 1 and (text.strip().isupper() or len(words[0]) > 2):
        initials = words[0]
    elif all(len(word) == 1 for word in words):
        initials = "".join(words)
    else:
        return ""
    return initials if 1 < len(initials) <= MOST_INITIALS else ""


class Named(NamedTuple):
    """An organisation with its names, the main one first, and its codes."""

    pk: int
    names: list[str]
    codes: list[str]


class Meant(NamedTuple):
    """The ids of the organisations that a text surely means, or else those that it may mean."""

    sure: set[int]
    candidates: set[int]


def meant_by(text: str, organisations: list[Named]) -> Meant:
    """Which organisations a text means: by a name as it stands, a name nearly so, or initials."""
    plain, key, initials = fold(text).strip().lower(), name_key(text), typed_initials(text)
    for matches in (
        lambda one: plain and plain in [fold(name).lower() for name in one.names + one.codes],
        lambda one: key and key in map(name_key, one.names + one.codes),
        lambda one: initials and initials in set().union(*map(initials_of, one.names)),
    ):
        found = {one.pk for one in organisations if matches(one)}
        if found:
            return Meant(found, set()) if len(found) == 1 else Meant(set(), found)
    return Meant(set(), set())


def region_in_words(name: str) -> str:
    """The name of a region as it stands in a sentence: "the South West", "London"."""
    if name.endswith("ern"):
        return f"the {name} region"
    return f"the {name}" if COMPASS.fullmatch(name) else name
