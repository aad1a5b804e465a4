"""Every figure of every page comes as a file for print, in all formats."""

import io

import pandas as pd
import pytest

from morph.catalogue import release_table
from pages.common.galaxies import vectors
from pages.common.here import Here
from pages.common.server import database
from tests.morph.figures.in_print.measured_pdf import measured
from tests.pages import made_figures
from tests.pages.opening import opened

PAGES = {
    "overview": ({}, {"release_tree", "footprint"}),
    "explore": (
        {"bar_strong": ["0.4", "1"], "step": "bar_strong"},
        {"gallery", "lost", "curve_bar_strong_low_0.4"},
    ),
    "explore, histograms": (
        {"view": ["Histograms"]},
        {"histogram_smooth-or-featured", "histogram_disk-edge-on"},
    ),
    "contrast": ({}, {"certainty_bar"}),
    "contrast, strip": (
        {"contrast": ["σ against ρ̂"]},
        {"strip_bar_strong"},
    ),
    "contrast, tree": (
        {"contrast": ["With and without the tree"], "tails": ["30"]},
        {"tree_bar_strong"},
    ),
    "simplex": ({}, {"simplex_bar"}),
    "map": ({}, {"map"}),
    "similar": ({"towards": "Smooth"}, {"similar", "path", "in_common", "distances"}),
    "galaxy": ({}, {"posterior_smooth-or-featured", "galaxy_tree"}),
    "galaxy, two answers": ({"posterior": ["Edge-on disk"]}, {"posterior_curve"}),
    "designer": ({}, {"design"}),
    "populations": ({}, {"populations"}),
    "compare": (
        {"with": "fractions-only", "cell": "bar_strong~bar_strong"},
        {"agreement", "confusion_bar", "cell_gallery", "changes", "moved"},
    ),
}
HAVE_QUESTION = ("contrast", "compare")


@pytest.fixture
def comparable(morph_home):
    """The release's galaxies can be searched."""
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        here = Here(morph_home, con, (release,), release, None, None)
        job = vectors.search(here, "features")
        assert job.finished.wait(30) and not job.problem
        names = con.table(release.table).order("iauname").limit(1).fetchall()
    return names[0][0]


@pytest.mark.parametrize("name", PAGES)
def test_its_figures_are_files_for_print(comparable, dashboard, monkeypatch, name):
    page, (query, keys) = name.partition(",")[0], PAGES[name]
    offered = made_figures.noted(monkeypatch)
    query = {"release": "small-demo"} | query
    if page in HAVE_QUESTION:
        query |= {"question": ["Bar"]}
    if page == "similar":
        query |= {"like": comparable}
    shown = opened(dashboard, f"{page}/{page}.py", query)
    assert not shown.exception
    assert keys <= set(offered)
    for key, figure in offered.items():
        printed = measured(figure.file("pdf", letters=7.0))
        for sheet in printed.pages:
            assert sheet.width_mm == pytest.approx(figure.columns, abs=0.01), key
            assert sheet.height_mm <= 247.01, key
            assert sheet.fonts and all(font.embedded for font in sheet.fonts), key
        assert printed.metadata["/Subject"] and "**" not in printed.metadata["/Subject"]
        assert printed.metadata["/Keywords"] == "release: demo@7"
        table = pd.read_csv(io.BytesIO(figure.file("csv")))
        assert len(table) and set(table["release"]) == {"demo@7"}, key
    first = next(one for key, one in offered.items() if key in keys)
    assert first.file("svg").startswith(b"<?xml")
    assert first.file("png").startswith(b"\x89PNG")
