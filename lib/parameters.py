"""The parameters of an address: those that trackers add, and those that a page does not know."""

import re
from collections.abc import Iterable
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


class ParameterError(str):
    """What is wrong with a parameter, in a sentence."""

    def __new__(cls, parameter: str, sentence: str) -> "ParameterError":
        error = super().__new__(cls, sentence)
        error.parameter = parameter
        return error


def is_tracker(name: str) -> bool:
    """Whether trackers add a parameter of this name; no page of ours has one."""
    return TRACKERS.fullmatch(name) is not None


def without_trackers(query: str) -> str:
    """A query string without the parameters of trackers; the rest stays as it is written."""
    parts = query.split("&")
    return "&".join(part for part in parts if not is_tracker(unquote_plus(part.partition("=")[0])))


def printable(text: str) -> str:
    """What somebody typed, as a page may show it: short, on one line, no control characters."""
    return Truncator("".join(char if char.isprintable() else "�" for char in text[:200])).chars(60)


def single_value(params: QueryDict, name: str, errors: list[str]) -> str:
    """The value of a parameter that has one; the last of several, which are an error."""
    values = params.getlist(name)
    if len(values) > 1:
        errors.append(ParameterError(name, f"“{name}” is given more than once."))
    return values[-1] if values else ""


def unknown_parameters(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """The names in an address that a page does not know, as it may show them."""
    known = set(known)
    return [printable(name) for name in names if name not in known]
