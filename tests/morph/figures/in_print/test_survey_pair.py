"""One galaxy in two surveys: its PDF is opened and measured."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from morph.figures.in_print import sheet, survey_pair
from morph.figures.in_print.about import About
from morph.figures.in_print.answer_bars import Answered, Fraction
from morph.figures.in_print.pictures import Pictured
from morph.figures.in_print.sheet import Sheet
from morph.figures.in_print.survey_pair import SurveyPanel
from tests.morph.figures.in_print.measured_pdf import MeasuredPdf, measured

FIELD = 16.0  # arcsec
QUESTIONS = (
    Answered("Spiral arms, P(reached) 0.97", (Fraction("Yes", 0.93, 0.85, 0.97),)),
    Answered(
        "Bar, P(reached) 0.31",
        (Fraction("Strong", 0.25, 0.1, 0.4), Fraction("No bar", 0.75)),
        muted=True,
    ),
)
ABOUT = About("J1", "J1 in DECaLS and BASS+MzLS.", {"release": "demo@7"})


def panel(title: str, size: int, questions=QUESTIONS) -> SurveyPanel:
    rng = np.random.default_rng(size)
    pixels = rng.integers(0, 255, (size, size, 3), dtype=np.uint8)
    image = Pictured("J1", pixels, FIELD / size)
    return SurveyPanel(title, "PSF FWHM: g 1.29″", image, questions, f"of {title}")


def drawn(on: Sheet, **more):
    panels = [panel("DECaLS", 64), panel("BASS+MzLS", 40)]
    return survey_pair.pair(panels, on, field_arcsec=FIELD, notes="J1. asinh.", **more)


@pytest.fixture(scope="module", params=[(88.0, 8.0), (180.0, 7.0)], ids=str)
def pdf(request) -> tuple[float, MeasuredPdf]:
    on = Sheet(*request.param)
    with sheet.style(on):
        return on.width, measured(sheet.saved([drawn(on)], "pdf", ABOUT))


def test_the_pdf_is_as_wide_as_asked_and_has_caption_and_recipe(pdf):
    width, file = pdf
    (page,) = file.pages
    assert page.width_mm == pytest.approx(width, abs=0.01)
    assert width / 2 < page.height_mm < sheet.TALLEST
    assert file.metadata["/Subject"] == ABOUT.caption
    assert file.metadata["/Keywords"] == "release: demo@7"


def test_images_are_their_own_pixels_of_one_size_on_paper(pdf):
    width, file = pdf
    rasters = file.pages[0].rasters
    assert [one.pixels for one in rasters] == [(64, 64), (40, 40)]
    assert not any(one.smoothed for one in rasters)
    sides = {round(side, 3) for one in rasters for side in one.size_mm}
    assert sides == {round((width - 2 * 1.2 - 3.0) / 2, 3)}


def test_texts_are_texts_in_embedded_fonts(pdf):
    page = pdf[1].pages[0]
    assert page.fonts and all(one.embedded for one in page.fonts)
    assert {one.kind for one in page.fonts} <= {"/CIDFontType2", "/TrueType"}
    for text in (
        "DECaLS",
        "BASS+MzLS",
        "PSF FWHM: g 1.29″",
        "Spiral arms, P(reached) 0.97",
        "0.93 (0.85–0.97)",
        "N",
        "E",
        "5″",
        "J1. asinh.",
    ):
        assert page.times(text)
    assert page.times("of DECaLS") == page.times("of BASS+MzLS") == 1


def test_bars_and_intervals_have_the_lengths_of_their_numbers():
    on = Sheet(88)
    with sheet.style(on):
        page = drawn(on)
    areas = [a for a in page.axes if a.get_label().startswith("answers")]
    side = areas[0].get_xlim()[1]
    widths = [bar.get_width() / side for bar in areas[0].patches]
    assert widths == pytest.approx([1, 0.93, 1, 0.25, 1, 0.75])
    across = [line.get_xdata() for line in areas[0].lines]
    intervals = [np.array(x) / side for x in across if np.ptp(x) > 0]
    assert intervals[0] == pytest.approx([0.85, 0.97])
    assert intervals[1] == pytest.approx([0.1, 0.4])
    assert intervals[2] == pytest.approx([0, 1])  # of the scale: no bar has no interval


def test_both_images_have_one_scale_and_orientation():
    on = Sheet(88)
    with sheet.style(on):
        page = drawn(on)
    images = [axes for axes in page.axes if axes.images]
    for axes in images:
        assert axes.get_xlim() == axes.get_ylim() == (-FIELD / 2, FIELD / 2)
        assert axes.images[0].get_extent() == pytest.approx([-8, 8, -8, 8])
        assert axes.images[0].origin == "upper"  # the first row is north
    bars = [np.ptp(axes.lines[0].get_xdata()) for axes in images]
    assert bars == [5, 5]


@pytest.mark.parametrize("dark", [True, False])
def test_what_is_drawn_on_an_image_differs_from_its_sky(dark):
    on = Sheet(88)
    with sheet.style(on):
        page = drawn(on, dark=dark)
    inks = {text.get_color() for text in page.axes[0].texts if text.get_text()}
    assert inks == {"white" if dark else "black"}


@pytest.mark.parametrize("on", [Sheet(88, 5), Sheet(88, 14), Sheet(180, 14)], ids=str)
def test_every_text_is_on_the_page_and_beside_the_others(on):
    with sheet.style(on):
        page = drawn(on)
        page.set_dpi(600)  # as in print: hinting moves letters on screens
        texts = [t for a in page.axes for t in a.texts if t.get_text()]
        texts += [text for text in page.texts if text.get_text()]
        agg = FigureCanvasAgg(page).get_renderer()
        boxes = [(one.get_text(), one.get_window_extent(agg)) for one in texts]
    for number, (text, box) in enumerate(boxes):
        assert page.bbox.x0 <= box.x0 and box.x1 <= page.bbox.x1, text
        assert page.bbox.y0 <= box.y0 and box.y1 <= page.bbox.y1, text
        for other, beside in boxes[number + 1 :]:
            assert not box.overlaps(beside), (text, other)


def test_without_a_posterior_the_panel_says_why():
    on = Sheet(88)
    panels = [panel("DECaLS", 64), panel("BASS+MzLS", 64, questions=())]
    with sheet.style(on):
        page = survey_pair.pair(panels, on, field_arcsec=FIELD, notes="J1.")
    last = page.axes[-1]
    assert " ".join(text.get_text() for text in last.texts) == "of BASS+MzLS"
    assert not last.patches
