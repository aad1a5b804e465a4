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
        ("![seen](//a.org/i.png)", r"!\[seen\](//a.org/i.png)"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)\>"),
        ("**b** _i_ `c` ~~d~~ $x$", r"\*\*b\*\* \_i\_ \`c\` \~\~d\~\~ \$x\$"),
        (":material/lock: :smile:", r"\:material/lock: \:smile:"),
        ("a\n\n# b\n- c", "a # b - c"),
        ("# b", r"\# b"),
        ("1. b", r"1\. b"),
        ("- b", r"\- b"),
        ("a&lt;b", r"a\&lt;b"),
        ("moc\u202e.live", "moc.live"),
        ("demo_bmz at 10:30, r > 5", r"demo_bmz at 10:30, r \> 5"),
        ("https://doi.org/10.1093/mnras", "https://doi.org/10.1093/mnras"),
    ],
)
def test_text_from_outside_is_shown_as_it_reads(given, shown):
    assert words.plain(given) == shown


def test_errors_tell_no_path_above_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    given = f"{tmp_path}/runs/a/status.json cannot be read; {tmp_path} is full"
    shown = f"runs/a/status.json cannot be read; {tmp_path} is full"
    assert words.without_home(given) == shown
    monkeypatch.setenv("MORPH_HOME", "~nobody-of-that-name/home")
    assert words.without_home(given) == given


def test_a_spread_is_named_by_what_it_is_taken_over():
    assert words.sigma(1) == "standard deviation"
    assert words.sigma(25) == "total standard deviation of the mixture of 25 passes"
    assert (words.over_passes(1), words.over_passes(3)) == ("", " over 3 passes")
    assert words.of_mixture(1) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("zenodo.org could not be reached", "zenodo.org could not be reached"),
        ("localhost:8000 is busy", "localhost:8000 is busy"),
        ("my_table.fits has no row", "my_table.fits has no row"),
        ("https://zenodo.org is slow", "https://zenodo.org is slow"),
        ("r-band magnitude", "r-band magnitude"),
        ("the disk is full", "The disk is full"),
        ("it ends. here", "It ends. here"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_a_name_does(text, shown):
    assert words.sentence(text) == shown
