"""The tree in print: every answer once, in columns and on pages that hold it."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from morph.figures.in_print import answer_bars, sheet
from morph.figures.in_print.answer_bars import Answered, Fraction
from morph.figures.in_print.sheet import TALLEST, Sheet


def questions(number: int, answers: int) -> list[Answered]:
    return [
        Answered(
            f"Question {q}",
            tuple(Fraction(f"Answer {q}.{a}", 0.5, 0.2, 0.9) for a in range(answers)),
            depth=q % 3,
        )
        for q in range(number)
    ]


@pytest.mark.parametrize(
    ("on", "columns"),
    [
        (Sheet(180, 8), [2]),
        (Sheet.of("pdf", 88, 8), [1, 1]),
        (Sheet.of("png", 88, 8), [1]),
        (Sheet.of("pdf", 180, 14), [2, 2]),  # three of 62 mm in a column
    ],
    ids=str,
)
def test_every_answer_is_there_once_within_the_page(on, columns):
    with sheet.style(on):
        pages = answer_bars.tree(questions(10, 4), on)
        texts = [t for page in pages for axes in page.axes for t in axes.texts]
        names = [t.get_text() for t in texts if t.get_text().startswith("Answer")]
        for page in pages:
            page.set_dpi(600)  # as in print: hinting moves letters on screens
            drawn = FigureCanvasAgg(page).get_renderer()  # one: each holds 70 MB
            for axes in page.axes:
                for text in axes.texts:
                    box = text.get_window_extent(drawn)
                    assert page.bbox.x0 <= box.x0 and box.x1 <= page.bbox.x1 + 1
                    assert page.bbox.y0 <= box.y0 and box.y1 <= page.bbox.y1 + 1
    assert names == [f"Answer {q}.{a}" for q in range(10) for a in range(4)]
    assert [len(page.axes) for page in pages] == columns
    if on.tallest == TALLEST:
        assert all(page.get_figheight() * 25.4 <= TALLEST + 0.01 for page in pages)


def test_numbers_are_those_of_the_fraction_or_its_note():
    assert Fraction("a", 0.931, 0.852, 0.97).text == "0.93 (0.85–0.97)"
    assert Fraction("a", 0.931).text == "0.93"
    assert Fraction("a", 0.931, note="1,204").text == "1,204"
