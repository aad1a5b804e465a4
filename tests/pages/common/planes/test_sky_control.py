"""The region of the sky in the sidebar: set, shown, undone, and refused in words."""

import astropy.units as u
import pandas as pd
import pytest
from mocpy import MOC

from morph.geometry.sky_regions import SkyPolygon
from tests.morph.sky_by_hand import in_region
from tests.pages.opening import button, chips, component, counted, opened, toasts

EXPLORE = "explore/explore.py"


@pytest.fixture(scope="module")
def galaxies(written_home) -> pd.DataFrame:
    folder = written_home / "releases" / "small-demo"
    return pd.read_parquet(folder / "galaxies.parquet")


def has(page, number: int, galaxies: pd.DataFrame) -> bool:
    return counted(page) == f"**{number:,}** of {len(galaxies):,} galaxies"


def test_a_cone_around_a_galaxy_is_set_shown_and_undone(
    morph_home, dashboard, galaxies
):
    page = opened(dashboard, EXPLORE)
    one = galaxies.iloc[17]
    page.text_input(key="sky_centre").set_value(one["iauname"].lower())
    page.number_input(key="sky_radius").set_value(1.0)
    button(page, "Select the cone").click().run()
    assert not page.exception
    assert has(page, 1, galaxies)
    text = page.session_state["sky"]
    assert text.startswith(f"CIRCLE {one['ra']:.4f}"[:12])
    said = "Within 1 arcmin of RA"
    assert any(said in chip for chip in chips(page))
    assert component(page, "funnel")["steps"][0]["title"] == "Cone"
    page.toggle(key="sky_outside").set_value(True).run()
    assert has(page, len(galaxies) - 1, galaxies)
    assert page.session_state["sky"] == f"NOT {text}"
    assert any("More than 1 arcmin from RA" in chip for chip in chips(page))
    page.number_input(key="sky_radius").set_value(2.0)  # it stays the outside
    button(page, "Select the cone").click().run()
    assert page.session_state["sky"].startswith("NOT CIRCLE")
    page.toggle(key="sky_outside").set_value(False).run()
    page.button(key="undo").click().run()
    assert page.toggle(key="sky_outside").value
    page.toggle(key="sky_outside").set_value(False).run()
    page.number_input(key="sky_radius").set_value(1.0)
    button(page, "Select the cone").click().run()
    page.button(key="sky_remove").click().run()
    assert has(page, len(galaxies), galaxies)
    page.button(key="undo").click().run()
    assert has(page, 1, galaxies)


def test_a_polygon_by_its_corners(morph_home, dashboard, galaxies):
    corners = ((150, 40), (230, 40), (230, 60), (190, 70), (150, 60))
    page = opened(dashboard, EXPLORE)
    page.segmented_control(key="sky_kind").set_value("polygon").run()
    lines = "\n".join(f"{ra} {dec}" for ra, dec in corners)
    page.text_area(key="sky_corners").set_value(lines)
    button(page, "Select the polygon").click().run()
    positions = galaxies["ra"].to_numpy(), galaxies["dec"].to_numpy()
    inside = in_region(SkyPolygon(corners), *positions)
    assert has(page, int(inside.sum()), galaxies)
    page.text_area(key="sky_corners").set_value("150 40\n230 60\n230 40\n150 60")
    button(page, "Select the polygon").click().run()
    assert "sides 1 and 3 of the polygon cross" in page.error[0].value.lower()
    assert has(page, int(inside.sum()), galaxies)


def test_a_map_is_uploaded_and_its_link_opens(morph_home, dashboard, galaxies):
    ra, dec = (u.Quantity(galaxies[name].to_numpy(), u.deg) for name in ("ra", "dec"))
    moc = MOC.from_lonlat(ra[:40], dec[:40], max_norder=4)
    expected = int(moc.contains_lonlat(ra, dec).sum())
    assert 40 <= expected < len(galaxies)
    page = opened(dashboard, EXPLORE)
    page.segmented_control(key="sky_kind").set_value("map").run()
    data = moc.to_string("json").encode()
    page.file_uploader(key="sky_file").upload("wide.json", data).run()
    assert not page.exception
    assert has(page, expected, galaxies)
    assert any("in the coverage map “wide”" in chip.lower() for chip in chips(page))
    text = page.session_state["sky"]
    again = opened(dashboard, EXPLORE, {"sky": text})
    assert has(again, expected, galaxies)


@pytest.mark.parametrize(
    ("sky", "says"),
    [
        ("CIRCLE 200 50", "is not a region"),
        ("POLYGON 0 0 1 1 1 0 0 1", "cross or touch"),
        ("MOC aaaaaaaaaa", "there is no coverage map"),
    ],
)
def test_an_unusable_region_of_a_link_is_named(
    morph_home, dashboard, galaxies, sky, says
):
    page = opened(dashboard, EXPLORE, {"sky": sky})
    assert has(page, len(galaxies), galaxies)
    assert any(says in toast for toast in toasts(page))
