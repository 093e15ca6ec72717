import pytest

from lib.parameters import is_tracker, printable, unknown_parameters, without_trackers

TRACKERS = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "UTM_ID",
    "gclid",
    "gclsrc",
    "gbraid",
    "wbraid",
    "dclid",
    "fbclid",
    "msclkid",
    "twclid",
    "ttclid",
    "yclid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "__hsfp",
    "hsCtaTracking",
    "igshid",
    "igsh",
    "mkt_tok",
    "_ga",
    "_gl",
    "srsltid",
    "ref",
    "ref_src",
    "ref_url",
]
OURS = [
    "q",
    "page",
    "sort",
    "format",
    "theme",
    "kind",
    "organisation",
    "region",
    "response",
    "plan",
    "scheme",
    "width",
    "body",
]


@pytest.mark.parametrize("name", TRACKERS)
def test_what_trackers_add_is_known_by_its_name(name):
    assert is_tracker(name)


@pytest.mark.parametrize("name", [*OURS, "", "reference", "hsomething", "utm", "theme[]", "o"])
def test_nothing_else_is_taken_for_a_tracker(name):
    assert not is_tracker(name)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("fbclid=%ff&theme=workforce&utm_source=x", "theme=workforce"),
        ("q=%E2%80%99+a&%75tm_source=x&q=", "q=%E2%80%99+a&q="),
        ("gclid", ""),
        ("q=gclid", "q=gclid"),
    ],
)
def test_trackers_are_taken_out_and_the_rest_stays_as_it_is_written(query, expected):
    assert without_trackers(query) == expected


def test_unknown_parameters_keep_their_order():
    assert unknown_parameters(["b", "theme", "a"], ["theme"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "expected"), [("a\nb\0c", "a�b�c"), ("x" * 90, "x" * 59 + "…"), ("", "")]
)
def test_what_somebody_typed_is_shown_short_and_without_control_characters(text, expected):
    assert printable(text) == expected
