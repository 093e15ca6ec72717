"""What the filters of the list of findings offer, and how they count."""

import pytest

from lib.lists.panel import Group, Option
from tests.pages import elements, text


@pytest.mark.django_db
def test_where_boxes_exclude_a_number_says_how_many_findings_stay(client):
    page = client.get("/findings/?kind=-strength&boxes=exclude")
    assert "A number says how many stay." in text(page)
    numbers = [
        link.attributes
        for link in elements(page, "a")
        if "count" in link.classes and "kind=-strength&kind=-" in link.attributes["href"]
    ]
    assert len(numbers) > 1
    for number in numbers:
        assert ", without " in number["aria-label"]
        left = client.get(f"/findings/{number['href']}")
        assert f'data-rows="{number["data-count"]}"' in left.content.decode()


@pytest.mark.django_db
def test_boxes_exclude_once_asked_for(reader):
    page = reader.get("/findings/?theme=workforce&kind=-strength&boxes=exclude&sort=kind")
    boxes = [e.attributes for e in elements(page, "input") if e.attributes["type"] == "checkbox"]
    live = [box for box in boxes if "disabled" not in box]
    including = [box["value"] for box in live if not box["value"].startswith("-")]
    assert including == ["workforce"], "what is included stays so, to be taken back"
    assert [box["value"] for box in live if "checked" in box] == ["workforce", "-strength"]
    (link,) = (e for e in elements(page, "a") if e.attributes.get("id") == "boxes")
    assert link.attributes["href"] == "?theme=workforce&kind=-strength&sort=kind"
    (heading,) = (e.text for e in elements(page, "h2") if e.attributes.get("id") == "filters")
    assert heading == "Filters"
    (canonical,) = (e for e in elements(page, "link") if e.attributes["rel"] == "canonical")
    assert canonical.attributes["href"].endswith("/findings/?theme=workforce&kind=-strength")
    assert reader.get("/findings/?boxes=include").status_code == 400


def test_a_long_facet_folds_what_is_beyond_a_screen_and_opens_for_what_is_chosen():
    def group(chosen):
        options = [Option(str(n), f"{n}", 1, n == chosen, False, "") for n in range(30)]
        return Group("force", "Force", options, is_open=True, is_excluding=False)

    assert (len(group(None).shown), len(group(None).folded)) == (20, 10)
    assert (group(19).is_unfolded, group(20).is_unfolded) == (False, True)
    assert group(None)._replace(options=group(None).options[:24]).folded == []
