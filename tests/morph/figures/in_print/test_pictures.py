"""Sheets of images: all pixels, names, scale bars, credit; full pages are turned."""

import io

import numpy as np
import pytest
from PIL import Image

from morph.figures.in_print import pictures, sheet
from morph.figures.in_print.about import About
from morph.figures.in_print.pictures import Pictured, PictureGroup
from morph.figures.in_print.sheet import Sheet
from tests.morph.figures.in_print.measured_pdf import measured

PIXELS = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)


def group(title: str, number: int) -> PictureGroup:
    return PictureGroup(
        title, [Pictured(f"{title}{i}", PIXELS, 1.0) for i in range(number)]
    )


def test_groups_stand_side_by_side_with_names_bars_and_credit():
    rows = [[group("A", 3), group("B", 2)], [group("C", 1), group("D", 0)]]
    with sheet.style(Sheet(180)):
        (page,) = pictures.pages(rows, Sheet(180), "Images: a survey")
    assert [axes.get_xlabel() for axes in page.axes] == (
        ["A0", "A1", "A2", "B0", "B1", "C0"]
    )
    assert [text.get_text() for text in page.texts] == (
        ["A", "B", "C", "D", "Images: a survey"]
    )
    first = page.axes[0]
    assert (first.images[0].get_array() == PIXELS).all()
    ((left, right),) = (line.get_xdata() for line in first.lines)
    assert right - left == 5  # pixels of 1 arcsec, at most a third of 16
    assert first.texts[0].get_text() == "5″"
    assert page.axes[0].get_position().y0 > page.axes[5].get_position().y0


def test_a_full_page_is_followed_by_another():
    with sheet.style(Sheet(40)):
        pages = pictures.pages([[group("A", 8)]], Sheet(40), "")
        pdf = sheet.saved(pages, "pdf", About("", "", {}))
    assert len(pages) == 2
    assert sum(len(page.axes) for page in pages) == 8
    assert all(page.get_figheight() * 25.4 <= 247.01 for page in pages)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 2
    width = 40 / 25.4
    assert pages[0].get_figwidth() == pytest.approx(width)


def test_a_note_is_below_the_name():
    noted = Pictured("A0", PIXELS, 1.0, "Strong bar 0.93")
    with sheet.style(Sheet()):
        (page,) = pictures.pages([[PictureGroup("A", [noted])]], Sheet(), "")
    assert page.axes[0].get_xlabel() == "A0\nStrong bar 0.93"


@pytest.mark.parametrize("form", ["svg", "png"])
def test_other_formats_are_one_page_of_any_height(form, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # opened: our own large file
    on = Sheet.of(form, 40, 8)
    with sheet.style(on):
        pages = pictures.pages([[group("A", 60)]], on, "")
        file = sheet.saved(pages, form, About("", "", {}))
    (page,) = pages
    assert len(page.axes) == 60
    assert page.get_figheight() * 25.4 > 1000
    if form == "png":
        with Image.open(io.BytesIO(file)) as image:
            assert image.width * image.height <= 40e6 * 1.001


def test_a_long_credit_is_broken_into_lines_on_the_page():
    credit = "Images: " + "Legacy Surveys / D. Lang (Perimeter Institute). " * 4
    with sheet.style(Sheet()):
        (page,) = pictures.pages([[group("A", 3)]], Sheet(), credit)
        page.set_dpi(600)
        lines = [text for text in page.texts if text.get_text() != "A"]
        boxes = [text.get_window_extent() for text in lines]
        images = [axes.get_tightbbox().y0 for axes in page.axes]
    words = " ".join(text.get_text() for text in reversed(lines))
    assert words.split() == credit.split()
    assert all(box.x1 <= page.bbox.x1 and box.y0 >= 0 for box in boxes)
    assert max(box.y1 for box in boxes) < min(images)


def test_images_in_the_pdf_have_their_own_pixels():
    with sheet.style(Sheet(180)):
        pages = pictures.pages([[group("A", 3)]], Sheet(180), "Images: a survey")
        (page,) = measured(sheet.saved(pages, "pdf", About("", "", {}))).pages
    assert [one.pixels for one in page.rasters] == [(16, 16)] * 3
    assert page.times("Images: a survey") == 1
    assert all(font.embedded for font in page.fonts)
