"""Search fields lead to answers of the tree, or say what can be searched."""

import pytest

from tests.pages.opening import component, opened, said

GALAXY, SIMILAR = "galaxy/galaxy.py", "similar/similar.py"
FIELDS = [(GALAXY, "find"), (SIMILAR, "similar_find")]


@pytest.mark.parametrize(("path", "key"), FIELDS)
@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("S0", ["has-spiral-arms_no"]),
        ("elliptical", ["smooth-or-featured_smooth"]),
        ("barred", ["bar_strong", "bar_weak"]),
        ("face-on", ["disk-edge-on_no"]),
        ("ellip", ["smooth-or-featured_smooth"]),
    ],
)
def test_a_search_field_leads_to_answers(
    morph_home, dashboard, path, key, text, labels
):
    page = opened(dashboard, path)
    page.text_input(key=key).set_value(text).run()
    assert not page.exception
    (info,) = [one.value for one in page.info if "decision tree" in one.value]
    assert info.startswith(f"“{text}” is not the name of a galaxy but names answers")
    offered = [one.key for one in page.button if (one.key or "").startswith("answer_")]
    assert offered == [f"answer_{label}" for label in labels]
    page.button(key=offered[0]).click().run()
    assert not page.exception
    href = component(page, "address")["go"]["href"]
    assert href.startswith(f"explore?{labels[0]}=0.5&{labels[0]}=1")


@pytest.mark.parametrize(("path", "key"), FIELDS)
@pytest.mark.parametrize("text", ["#ring", "dusty lane", "#mrk231"])
def test_a_search_field_says_what_can_be_searched(
    morph_home, dashboard, path, key, text
):
    page = opened(dashboard, path)
    page.text_input(key=key).set_value(text).run()
    assert not page.exception
    (info,) = [one.value for one in page.info if "was not found" in one.value]
    assert f"“{text}” was not found in small-demo. You can search for names" in info
    assert "free tags, such as #ring, are not part of a release" in info


@pytest.mark.parametrize(("path", "key"), FIELDS)
def test_a_word_that_is_an_object_far_away_says_so_too(
    morph_home, dashboard, path, key
):
    page = opened(dashboard, path)
    page.text_input(key=key).set_value("ring").run()  # NGC 6720, the Ring Nebula
    assert any("NGC 6720" in one.value for one in page.info)
    assert "You can search for names of galaxies" in said(page)
    page.text_input(key=key).set_value("NGC 6720").run()
    assert any("NGC 6720" in one.value for one in page.info)
    assert "You can search for names" not in said(page)
