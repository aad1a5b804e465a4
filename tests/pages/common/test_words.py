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


def test_a_spread_is_named_by_what_it_is_taken_over():
    assert words.sigma(1) == "standard deviation"
    assert words.sigma(25) == "total standard deviation of the mixture of 25 passes"
    assert (words.over_passes(1), words.over_passes(3)) == ("", " over 3 passes")
    assert words.of_mixture(1) == ""
