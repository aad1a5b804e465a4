"""What stands below every page: credits one click away, the keyboard's sheet."""

import pytest

from pages.common import keys
from tests.pages.opening import opened


@pytest.mark.parametrize("path", ["galaxy/galaxy.py", "methods/methods.py"])
def test_credits_are_one_click_away(morph_home, dashboard, path):
    page = opened(dashboard, path)
    links = page.get("page_link")
    assert "Credits, licences, how to cite" in [link.proto.label for link in links]


def test_the_footer_stands_below_a_page_that_stopped(empty_home, dashboard):
    page = opened(dashboard, "explore/explore.py")
    assert not page.exception
    assert page.button(key="keyboard").label == "Keyboard"


def test_the_sheet_names_the_keys_that_are_listened_to(morph_home, dashboard):
    page = opened(dashboard, "galaxy/galaxy.py")
    listened = {button.proto.shortcut for button in page.button} - {""}
    known = (keys.HELP, keys.PREVIOUS, keys.NEXT, keys.PIN_THIS, keys.BLINK)
    assert listened <= {key.press.lower() for key in known}
    assert {"h", "left", "right"} <= listened
    page.button(key="keyboard").click().run()
    sheet = "\n".join(markdown.value for markdown in page.markdown)
    for key in (keys.HELP, keys.PREVIOUS, keys.NEXT, keys.PIN, keys.DROP):
        assert key.does in sheet
