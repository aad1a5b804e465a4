"""Words that several pages share."""

import pytest

from pages.common import words


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("J112953.88-000427.4", "J112953.88-000427.4"),
        ("[Log in](https://example.org)", r"\[Log in\](https://example.org)"),
        (":red[wrong]", r":red\[wrong\]"),
        (r"\[a\](b)", r"\\\[a\\\](b)"),
    ],
)
def test_brackets_of_an_address_make_no_link_or_colour(given, shown):
    assert words.plain(given) == shown
