"""The figure of a cut says where it is now, and draws the end apart only if it is."""

import numpy as np

from morph.figures import moved_cut_figures
from morph.selection.moved_cut import Curve

CUTS = np.linspace(0, 1, 5)


def drawn(after, final):
    found = Curve(CUTS, np.array(after), None if final is None else np.array(final))
    return moved_cut_figures.curve(found, cut=0.25, axis="Strong bar, at least")


def test_the_present_cut_and_the_axes_are_named():
    figure = drawn([9, 7, 5, 3, 1], [8, 6, 4, 2, 0])
    assert figure.layout.shapes[0].x0 == 0.25
    assert figure.layout.annotations[0].text == "now 0.25"
    assert figure.layout.xaxis.title.text == "Strong bar, at least"
    assert [trace.name for trace in figure.data] == [
        "after this step",
        "after all steps",
    ]
    assert list(figure.data[1].y) == [8, 6, 4, 2, 0]


def test_one_line_where_no_step_follows_or_the_end_is_unknown():
    assert len(drawn([9, 7, 5, 3, 1], [9, 7, 5, 3, 1]).data) == 1
    assert len(drawn([9, 7, 5, 3, 1], None).data) == 1
