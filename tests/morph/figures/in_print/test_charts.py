"""Charts in print: measured PDF, numbers of the page, caption and recipe in files."""

import io
import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from PIL import Image

from morph.figures import agreement_figures, histogram_figures, similarity_figures
from morph.figures.answer_figures import two_fractions
from morph.figures.in_print import charts, numbers, sheet
from morph.figures.in_print.about import About
from morph.figures.in_print.sheet import Sheet
from tests.morph.figures.in_print.measured_pdf import measured

ABOUT = About("Distances", "Distances of ten galaxies.", {"release": "demo@7"})
EDGES = np.linspace(0, 1, 5)


@pytest.fixture(scope="module")
def distances() -> go.Figure:
    table = pd.DataFrame(
        {"low": EDGES[:-1], "high": EDGES[1:], "shown": [2, 1, 0, 0]}
    ).assign(others=[0, 3, 40, 7])
    return similarity_figures.distances(table, 0.4)


@pytest.fixture(scope="module")
def files(distances) -> dict[str, bytes]:
    made = {}
    with sheet.style(Sheet(88, 7)):
        drawn = charts.chart(distances, Sheet(88, 7))
        for form in ("pdf", "svg", "png"):
            made[form] = sheet.saved([drawn], form, ABOUT)
    return made


def test_the_pdf_is_one_column_wide_with_embedded_truetype_and_vectors(files):
    (page,) = measured(files["pdf"]).pages
    assert page.width_mm == pytest.approx(88, abs=0.01)
    assert page.fonts and all(font.embedded for font in page.fonts)
    assert {font.kind for font in page.fonts} <= {"/CIDFontType2", "/TrueType"}
    assert page.rasters == ()
    assert page.segments > 20
    assert page.times("distance (1 − cosine)") == 1


def test_caption_and_recipe_are_in_every_file(files):
    assert b"Distances of ten galaxies." in files["pdf"]
    assert b"release: demo@7" in files["pdf"]
    svg = files["svg"].decode()
    assert "Distances of ten galaxies." in svg
    assert "release: demo@7" in svg
    with Image.open(io.BytesIO(files["png"])) as image:
        assert image.text["Description"] == "Distances of ten galaxies."
        assert image.text["Comment"] == "release: demo@7"
        assert image.width == pytest.approx(88 / 25.4 * 600, abs=1)
    assert ABOUT.text == "Distances of ten galaxies.\n\nrelease: demo@7"


def test_bars_are_stacked_as_on_the_page(distances):
    with sheet.style(Sheet()):
        (axes,) = charts.chart(distances, Sheet()).axes
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == [0, 3, 40, 7, 2, 1, 0, 0]
    assert [bar.get_y() for bar in axes.patches[4:]] == [0, 3, 40, 7]
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == "distance (1 − cosine)"


def test_everything_is_inside_the_page(distances):
    with sheet.style(Sheet()):
        drawn = charts.chart(distances, Sheet())
        box = drawn.get_tightbbox()
    width, height = drawn.get_size_inches()
    assert 0 <= box.x0 < box.x1 <= width
    assert 0 <= box.y0 < box.y1 <= height


def test_rows_are_categories_from_the_top():
    table = pd.DataFrame(
        {
            "question": ["a", "b"],
            "share": [0.5, 0.25],
            "low": [0.4, 0.1],
            "high": [0.6, 0.5],
            "agreeing": [50, 5],
            "galaxies": [100, 20],
        }
    )
    titles = {"a": "Edge-on", "b": "Bar"}
    figure = agreement_figures.agreement_by_question(table, titles, chosen="b")
    with sheet.style(Sheet()):
        (axes,) = charts.chart(figure, Sheet()).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Edge-on", "Bar"]
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert {text.get_text() for text in axes.texts} == {"100", "n = 20"}
    table = numbers.of_chart(figure)
    assert table["x"].tolist() == [0.5, 0.25]
    assert table["x_low"].tolist() == pytest.approx([0.4, 0.1])
    assert table["x_high"].tolist() == pytest.approx([0.6, 0.5])


def test_panels_explain_in_a_legend_what_the_page_says_in_words():
    words = {"yes": "Yes", "no": "No"}
    parts = [
        pd.DataFrame({"label": one, "low": EDGES[:-1], "high": EDGES[1:]})
        for one in words
    ]
    counts = pd.concat(parts).assign(whole=4, selected=1)
    figure = histogram_figures.histograms(counts, words)
    with sheet.style(Sheet(180)):
        drawn = charts.chart(figure, Sheet(180))
    assert [axes.get_title() for axes in drawn.axes] == ["Yes", "No"]
    (legend,) = drawn.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["Whole release", "Selection"]


def test_the_csv_has_the_numbers_of_the_figure_and_the_recipe(distances):
    table = numbers.of_chart(distances)
    read = pd.read_csv(io.BytesIO(numbers.csv(table, ABOUT)))
    others = read[read["series"].str.startswith("Others")]
    assert others["y"].tolist() == distances.data[0].y.tolist()
    assert others["x"].tolist() == distances.data[0].x.tolist()
    assert set(read["release"]) == {"demo@7"}


def test_a_confusion_matrix_is_shaded_by_row_and_has_its_numbers():
    labels = ["bar_strong", "bar_no"]
    counts = pd.DataFrame([[30, 10], [0, 0]], index=labels, columns=labels)
    words = {"bar_strong": "Strong bar", "bar_no": "No bar"}
    figure = agreement_figures.confusion(counts, words, rows="before", columns="after")
    with sheet.style(Sheet()):
        (axes,) = charts.chart(figure, Sheet()).axes
    (image,) = axes.images
    assert image.get_array().tolist() == [[0.75, 0.25], [0, 0]]
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)
    left, right, bottom, top = image.get_extent()
    assert (left, right) == axes.get_xlim() and (top, bottom) == axes.get_ylim()
    texts = {(text.xy[0], text.xy[1]): text.get_text() for text in axes.texts}
    assert texts == {(0, 0): "30\n75%", (1, 0): "10\n25%", (0, 1): "0", (1, 1): "0"}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("after", "before")
    table = numbers.of_chart(figure)
    assert table["value"].tolist() == [30, 10, 0, 0]
    assert table["y"].tolist() == ["Strong bar"] * 2 + ["No bar"] * 2


def test_two_fractions_of_an_answer_are_in_its_row():
    first, second = pd.Series([0.9, 0.2]), pd.Series([0.5, 0.1])
    figure = two_fractions(["Spiral arms", "No bar"], first, second, ("Here", "There"))
    with sheet.style(Sheet()):
        drawn = charts.chart(figure, Sheet())
    (axes,) = drawn.axes
    drawn_at = [line.get_xdata().tolist() for line in axes.lines]
    assert drawn_at == [
        [0.9, 0.2],
        [0.5, 0.1],
    ]
    rows = [text.get_text() for text in axes.get_yticklabels()]
    assert rows == ["Spiral arms", "No bar"]
    (legend,) = drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == ["Here", "There"]


@pytest.mark.parametrize("width", [88, 180])
def test_titles_and_numbers_of_narrow_panels_do_not_overlap(width):
    labels = ["a", "b", "c"]
    edges = np.linspace(-1, 1, 9)
    counts = pd.concat(
        pd.DataFrame({"label": one, "low": edges[:-1], "high": edges[1:]})
        for one in labels
    ).assign(galaxies=10)
    summary = pd.DataFrame({"label": labels, "mean": 0.01, "error": 0.001})
    words = dict(zip(labels, ("Strong bar", "Weak bar", "No bar"), strict=True))
    figure = agreement_figures.changes(counts, summary, words)
    on = Sheet(width, 8)
    with sheet.style(on):
        drawn = charts.chart(figure, on)
        drawn.set_dpi(600)
        titles = [axes.title.get_window_extent() for axes in drawn.axes]
        ticks = [
            tick.get_window_extent()
            for axes in drawn.axes
            for tick in axes.get_xticklabels()
            if tick.get_text()
        ]
        page = drawn.bbox
        wholes = [axes.get_xlim() for axes in drawn.axes]
    assert [axes.get_title().split(":")[0] for axes in drawn.axes] == [*words.values()]
    for boxes in (titles, ticks):
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)
        assert all(page.x0 <= box.x0 and box.x1 <= page.x1 + 1 for box in boxes)
        assert all(box.y1 <= page.y1 + 1 for box in boxes)
    assert wholes == [(-1, 1)] * 3


def test_long_names_below_a_matrix_are_broken_into_lines():
    labels = [f"bulge_{i}" for i in range(5)]
    names = ["Dominant bulge", "Large bulge", "Moderate bulge", "Small bulge", "None"]
    counts = pd.DataFrame(np.eye(5, dtype=int), index=labels, columns=labels)
    words = dict(zip(labels, names, strict=True))
    figure = agreement_figures.confusion(counts, words, rows="before", columns="after")
    with sheet.style(Sheet(88)):
        drawn = charts.chart(figure, Sheet(88))
        drawn.set_dpi(600)
        texts = drawn.axes[0].get_xticklabels()
        boxes = [text.get_window_extent() for text in texts]
    assert [text.get_text().replace("\n", " ") for text in texts] == names
    for one, other in itertools.pairwise(boxes):
        assert one.x1 < other.x0
