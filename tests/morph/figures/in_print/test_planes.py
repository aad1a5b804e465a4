"""Planes in print: contours stay vectors, panels have titles, numbers are fractions."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from morph.analysis.triangle import cloud
from morph.figures import ternary_figures
from morph.figures.in_print import numbers, planes, sheet
from morph.figures.in_print.about import About
from morph.figures.in_print.sheet import Sheet
from morph.figures.plane_scene import Group, Label, Line, Picture, Points, Scene
from morph.geometry import ternary_density
from morph.geometry.density import Window
from morph.geometry.ternary import suggested_corners, to_plane
from morph.trees.decision_tree import GZD5
from pages.common.planes import triangle_frame
from tests.morph.figures.in_print.measured_pdf import measured

ABOUT = About("Bar", "Bar before and after adaptation.", {"release": "demo@7"})
CORNERS = suggested_corners(GZD5)["bar"]
WIDTHS = dict.fromkeys(ternary_density.MASSES, 1.5)

SHARES = np.array([[0.2, 0.3, 0.5], [0.6, 0.2, 0.2], [0.1, 0.8, 0.1]])
LINE = np.column_stack(to_plane(SHARES))


def scene() -> Scene:
    return Scene(
        label="A triangle",
        window=Window(0, 1, 0, 0.9),
        points=Points(LINE[:, 0], LINE[:, 1], size=1.3),
        lines=(Line(LINE[:, 0], LINE[:, 1], "red", dash=True),),
        labels=(Label(0.5, 0.9, "No bar", strong=True),),
        equal=True,
    )


def test_panels_stand_side_by_side_with_lines_as_given():
    with sheet.style(Sheet(180)):
        drawn = planes.planes([scene()] * 3, Sheet(180), ["a", "b", "c"])
        places = [axes.get_position() for axes in drawn.axes]
    assert [axes.get_title() for axes in drawn.axes] == ["a", "b", "c"]
    assert places[0].x1 < places[1].x0 < places[1].x1 < places[2].x0
    (line,) = drawn.axes[1].lines
    assert line.get_xydata() == pytest.approx(LINE)
    assert line.get_linestyle() == "--"


def test_numbers_of_triangles_are_fractions_of_their_corners():
    corners = ["Strong", "Weak", "No"]
    panels = {"Source": ({0.8: [LINE]}, scene().points)}
    table = numbers.of_triangles(panels, corners)
    assert table["part"].tolist() == ["contour"] * 3 + ["galaxy"] * 3
    assert table["mass"].tolist()[:3] == [0.8] * 3
    assert table[corners].to_numpy() == pytest.approx(np.concatenate([SHARES] * 2))


@pytest.fixture(scope="module")
def figure_3():
    """Three panels as on Simplex: contours, dashed contours of the first, points."""
    clouds = [cloud([draws(seed)]) for seed in range(3)]
    scenes = [
        triangle_frame.scene(
            CORNERS,
            "A triangle",
            lines=(
                *triangle_frame.contours(one.contours, WIDTHS, "text"),
                *triangle_frame.contours(clouds[0].contours, WIDTHS, "red", dash=True),
            ),
            labels=(),
            points=Points(*to_plane(draws(seed)[:200]), size=1.3),
        )
        for seed, one in enumerate(clouds)
    ]
    return clouds, scenes


def draws(seed: int) -> np.ndarray:
    """Fractions of the answers of 600 galaxies, (600, 3)."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet([3.0, 5.0, 2.0 + seed], 600)


@pytest.mark.parametrize(("width", "letters"), [(180, 7), (88, 8)])
def test_the_pdf_of_figure_3_is_vectors_and_texts_of_the_size_asked_for(
    figure_3, width, letters
):
    clouds, scenes = figure_3
    on = Sheet(width, letters)
    titles = ["Source, DECaLS", "Source, BMz", "Target, BMz"]
    with sheet.style(on):
        drawn = planes.planes(scenes, on, titles)
        file = measured(sheet.saved([drawn], "pdf", ABOUT))
    (page,) = file.pages
    assert page.width_mm == pytest.approx(width, abs=0.01)
    assert page.height_mm < width / 3 + 30
    assert page.rasters == ()
    lines = [line for one in clouds for some in one.contours.values() for line in some]
    own = sum(len(line) - 1 for line in lines)
    dashed = 3 * sum(
        len(line) - 1 for some in clouds[0].contours.values() for line in some
    )
    assert page.segments >= own + dashed  # none simplified, none drawn as pixels
    assert page.paths >= len(lines) + 3 * 200
    assert page.fonts and all(font.embedded for font in page.fonts)
    assert {font.kind for font in page.fonts} <= {"/CIDFontType2", "/TrueType"}
    for text in titles:
        assert page.times(text) == 1
    for text in (*CORNERS.words, "0.25", "0.75"):
        assert page.times(text) >= 3  # once in each panel
    assert file.metadata["/Title"] == ABOUT.title
    assert file.metadata["/Subject"] == ABOUT.caption
    assert "release: demo@7" in file.metadata["/Keywords"]


def test_the_density_is_the_only_raster_and_at_least_300_dpi(figure_3):
    _, scenes = figure_3
    density = ternary_density.lattice_density(draws(0))
    picture = Picture(ternary_figures.density_picture(density), ternary_figures.PICTURE)
    on = Sheet(180)
    with sheet.style(on):
        drawn = planes.planes([replace(one, picture=picture) for one in scenes], on)
        (page,) = measured(sheet.saved([drawn], "pdf", ABOUT)).pages
    assert len(page.rasters) == 3
    assert all(one.dpi >= 300 for one in page.rasters)


@pytest.mark.parametrize("on", [Sheet(88, 8), Sheet(88, 14), Sheet(60, 8)], ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_no_label_lies_on_another(on, seed):
    """Those of contours and of the grid, in letters of any size."""
    rng = np.random.default_rng(seed)
    groups = [rng.dirichlet(rng.uniform(0.3, 8, 3), 300) for _ in range(1 + seed % 3)]
    contours = cloud(groups).contours
    labels = triangle_frame.masses(reversed(contours.items()), "text")
    lines = triangle_frame.contours(contours, WIDTHS, "text")
    one = triangle_frame.scene(CORNERS, "A triangle", lines=lines, labels=labels)
    with sheet.style(on):
        drawn = planes.planes([one], on)
        drawn.set_dpi(600)
        agg = FigureCanvasAgg(drawn).get_renderer()
        texts = [(t.get_text(), t.get_window_extent(agg)) for t in drawn.axes[0].texts]
        box = drawn.axes[0].get_tightbbox()
    assert any(text.endswith("%") for text, _ in texts)
    for number, (text, own) in enumerate(texts):
        for other, beside in texts[number + 1 :]:
            assert not own.overlaps(beside), (text, other)
    empty = drawn.get_figheight() - box.height / 600
    assert empty * 25.4 < 4  # mm above and below


@pytest.mark.parametrize(("width", "letters"), [(180, 8), (88, 8), (88, 12)])
def test_a_map_with_a_legend_is_whole_on_its_page(width, letters):
    """Axes of one scale, with titles and numbers, over a legend of three lines."""
    groups = tuple(Group(f"Group {i}", i, "1,000 / 2,000") for i in range(3))
    points = Points(np.array([1.0, 9.0]), np.array([1.0, 9.0]), np.array([0, 1]))
    one = Scene(
        label="A map",
        window=Window(0, 10, 0, 11),
        points=points,
        groups=groups,
        equal=True,
        axes=("UMAP 1", "UMAP 2"),
        height=560,
    )
    on = Sheet(width, letters)
    with sheet.style(on):
        drawn = planes.planes([one], on)
        drawn.set_dpi(600)
        (axes,) = drawn.axes
        box, legend = axes.get_tightbbox(), axes.get_legend().get_window_extent()
        title = axes.xaxis.label.get_window_extent()
        frame = axes.get_window_extent()
    assert drawn.bbox.x0 <= box.x0 and box.x1 <= drawn.bbox.x1
    assert drawn.bbox.y0 <= box.y0 and box.y1 <= drawn.bbox.y1
    assert legend.y1 < title.y0  # below the title of the axis
    assert frame.height / frame.width == pytest.approx(1.1, rel=1e-3)
    assert frame.width > 0.75 * drawn.bbox.width


def test_groups_have_colours_and_shapes_of_their_own():
    groups = tuple(Group(f"Group {i}", i, "10") for i in range(3))
    kind = np.array([0, 1, 2])
    points = Points(LINE[:, 0], LINE[:, 1], kind)
    with sheet.style(Sheet()):
        drawn = planes.planes([replace(scene(), points=points, groups=groups)], Sheet())
    (axes,) = drawn.axes
    assert len(axes.collections) == 3
    for number, one in enumerate(axes.collections):
        offsets = np.asarray(one.get_offsets())
        assert offsets == pytest.approx(LINE[number : number + 1])
    outlines = {one.get_paths()[0].vertices.tobytes() for one in axes.collections}
    colours = {tuple(one.get_facecolor()[0][:3]) for one in axes.collections}
    assert len(outlines) == len(colours) == 3
    markers = [line.get_marker() for line in axes.get_legend().get_lines()]
    assert markers == ["o", "^", "s"]
