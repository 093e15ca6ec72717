from findings.choices import FindingKind
from inspections.glossary import TERMS


def test_terms_stand_in_the_order_of_the_alphabet_and_have_an_anchor_each():
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(names)
    assert len({term.slug for term in TERMS}) == len(TERMS)


def test_every_kind_of_finding_is_explained():
    explained = ", ".join(term.name for term in TERMS)
    assert [kind.label for kind in FindingKind if kind.label not in explained] == []


def test_the_abbreviations_of_the_facts_are_explained():
    assert {"SOC", "OCG", "ROCU", "SWROCU", "AFI", "PEEL", "HMICFRS", "IT", "LRO", "GRIP"} <= {
        term.abbreviation for term in TERMS
    }
