"""The parameters of an address: those that trackers add, and those that a page does not know."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from urllib.parse import unquote_plus

from django.http import QueryDict
from django.utils.text import Truncator

# What mail programs, social networks and advertisers add to the links that people follow.
TRACKERS = re.compile(
    r"(?:utm|hsa|mtm|pk|matomo|piwik|trk|vero|oly|stm|wt)_\w*|_{1,2}hs\w+|hsctatracking"
    r"|gclid|gclsrc|gbraid|wbraid|dclid|gad_\w+|_ga|_gl|srsltid|fbclid|fb_\w+|msclkid|twclid|ttclid"
    r"|yclid|ysclid|li_fat_id|igshid|igsh|mc_[ce]id|mkt_tok|epik|rb_clickid|s_cid|scid|cmpid"
    r"|ml_subscriber\w*|dm_i|_ke|_kx|_openstat|wickedid|ref|ref_src|ref_url|_branch_match_id",
    re.ASCII | re.IGNORECASE,
)
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class ParameterError(str):
    """What is wrong with a parameter, in a sentence."""

    def __new__(cls, parameter: str, sentence: str) -> "ParameterError":
        error = super().__new__(cls, sentence)
        error.parameter = parameter
        return error


def is_tracker(name: str) -> bool:
    """Whether trackers add a parameter of this name; no page of ours has one."""
    return TRACKERS.fullmatch(name) is not None


def without(query: str, is_unwanted: Callable[[str], bool]) -> str:
    """A query string without parameters of some names; the rest stays as it is written."""
    parts = query.split("&")
    return "&".join(part for part in parts if not is_unwanted(unquote_plus(part.partition("=")[0])))


def without_trackers(query: str) -> str:
    """A query string without the parameters of trackers."""
    return without(query, is_tracker)


def printable(text: str) -> str:
    """What somebody typed, as a page may show it: short, on one line, no control characters."""
    return Truncator("".join(char if char.isprintable() else "�" for char in text[:200])).chars(60)


def single_value(params: QueryDict, name: str, errors: list[str]) -> str:
    """The value of a parameter that has one; the last of several, which are an error."""
    values = params.getlist(name)
    if len(values) > 1:
        errors.append(ParameterError(name, f"“{name}” is given more than once."))
    return values[-1] if values else ""


def single_day(params: QueryDict, name: str, errors: list[str]) -> date | None:
    """The day that a parameter names in ISO form; None where it names none, or with an error."""
    text = single_value(params, name, errors).strip()
    if not text:
        return None
    try:
        if ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    errors.append(
        ParameterError(name, f"“{printable(text)}” is not a day. Write one as 2025-09-01.")
    )
    return None


def unknown_parameters(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """The names in an address that a page does not know, as it may show them."""
    known = set(known)
    return [printable(name) for name in names if name not in known]
