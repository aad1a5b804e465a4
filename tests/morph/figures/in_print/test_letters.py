"""Widths of texts on paper, as matplotlib draws them."""

import pytest
from matplotlib.backends.backend_agg import RendererAgg

from morph.figures.in_print import letters, sheet
from morph.figures.in_print.sheet import MM, Sheet

TEXT = "PSF FWHM: g 1.61″, r 1.47″, z 1.01″ ρ̂"


@pytest.mark.parametrize("bold", [False, True])
def test_a_width_is_that_of_the_drawn_text(bold):
    with sheet.style(Sheet()):
        page = Sheet(180).empty(20)
        page.set_dpi(600)  # as in print: hinting moves letters on screens
        weight = "bold" if bold else "normal"
        drawn = page.text(0, 0, TEXT, size=9.0, weight=weight)
        box = drawn.get_window_extent(RendererAgg(5000, 600, page.dpi))
    expected = box.width / page.dpi / MM
    assert letters.width(TEXT, 9.0, bold=bold) == pytest.approx(expected, rel=0.01)


def test_letters_become_smaller_only_where_they_must():
    wide = letters.width(TEXT, 9.0)
    assert letters.fitted(TEXT, 2 * wide, 9.0) == 9.0
    small = letters.fitted(TEXT, wide / 2, 9.0)
    assert 4.2 < small < 4.5
    assert letters.width(TEXT, small) <= wide / 2


def test_lines_are_broken_between_words():
    words = "one two three four five six seven " * 4
    lines = letters.wrapped(words, 40.0, 8.0)
    assert " ".join(lines).split() == words.split()
    assert all(letters.width(line, 8.0) <= 40.0 for line in lines)
    assert letters.width(f"{lines[0]} {lines[1].split()[0]}", 8.0) > 40.0
    assert letters.wrapped("incomprehensibilities", 5.0, 8.0) == (
        ["incomprehensibilities"]
    )
    assert letters.wrapped("", 40.0, 8.0) == []
