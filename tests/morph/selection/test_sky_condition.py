"""Selections by a region of the sky: words, steps, a coverage map, no positions."""

from dataclasses import replace
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.geometry.sky_regions import Cone, CoverageMap, SkyPolygon
from morph.selection import conditions, coverage_maps, sky_condition
from morph.selection.conditions import describe
from morph.selection.funnel import funnel, lost
from morph.selection.listing.selected_rows import rows
from morph.selection.relaxation import relaxation
from morph.selection.selection import Limit, Selection
from morph.selection.url import from_query, to_query
from morph.sky.coverage_map import in_ranges, of_cells
from morph.subsets import saved, url_ids
from tests.morph.catalogue.loading.altered import rewrite, with_value
from tests.morph.sky_by_hand import (
    cones,
    either_side,
    in_region,
    near_the_edge,
    polygons,
)

CONE = Cone(180, 60, 10)


def test_a_cone_is_one_step_after_the_measured_columns(con, plain, by_hand):
    selection = Selection(physical={"mag_r": Limit(10, 17.5)}, sky=CONE)
    found = funnel(con, plain, selection)
    assert [row.step.kind for row in found.rows] == ["physical", "sky"]
    assert found.left == by_hand["plain"].mask(selection).sum() > 10
    assert found.rows[1].step.short == "cone"
    assert describe(selection, plain).endswith(
        "; within 10° of RA 180.00000, Dec +60.00000"
    )
    assert selection.without("sky") == Selection(physical=selection.physical)
    outside = lost(con, plain, selection, 1, limit=5, columns=["dec"])
    assert len(outside) == 5


def test_a_galaxy_exactly_at_the_centre_of_a_small_cone(con, plain):
    name, ra, dec = con.execute(
        f"SELECT iauname, ra, dec FROM {plain.table} LIMIT 1 OFFSET 70"
    ).fetchone()
    found = saved.selected_rows.names(con, plain, Selection(sky=Cone(ra, dec, 1e-6)))
    assert found.tolist() == [name]


def test_a_coverage_map_selects_its_cells_and_keeps_its_link(con, plain):
    cells = con.execute(f"SELECT _healpix_29 FROM {plain.table}").fetchnumpy()
    cells = cells["_healpix_29"]
    ranges = of_cells(cells[100:200], 6)
    kept = coverage_maps.keep(con, ranges, " my  survey ")
    assert kept.name == "my survey"
    assert coverage_maps.keep(con, ranges.copy(), "hsc").map_id == kept.map_id
    selection = Selection(sky=kept)
    inside = in_ranges(ranges, cells)
    assert 100 <= inside.sum() < 1000
    assert rows(con, plain, selection).tolist() == np.flatnonzero(inside).tolist()
    found = from_query(to_query(selection), plain, kept=url_ids.kept(con))
    assert found.selection == selection
    assert found.steps[0].words == "in the coverage map “hsc”"
    assert coverage_maps.saved(con)[0] == kept


def test_outside_of_a_coverage_map(con, plain):
    cells = con.execute(f"SELECT _healpix_29 FROM {plain.table}").fetchnumpy()
    cells = cells["_healpix_29"]
    ranges = of_cells(cells[100:200], 6)
    region = replace(coverage_maps.keep(con, ranges, "masked"), outside=True)
    found = rows(con, plain, Selection(sky=region))
    assert found.tolist() == np.flatnonzero(~in_ranges(ranges, cells)).tolist()
    (step,) = conditions.steps(Selection(sky=region), plain)
    assert step.words == "outside the coverage map “masked”"
    assert step.short == "outside the coverage map"
    query = to_query(Selection(sky=region))
    assert query == {"sky": f"NOT MOC {region.map_id}"}
    again = from_query(query, plain, kept=url_ids.kept(con)).selection
    assert (
        again == Selection(sky=region) != Selection(sky=replace(region, outside=False))
    )
    assert again.sky.name == "masked"


def test_a_coverage_map_of_another_workspace_is_left_out_of_the_link(con, plain):
    found = from_query({"sky": "MOC aaaaaaaaaa"}, plain, kept=url_ids.kept(con))
    assert found.selection == Selection()
    assert found.notices[0].startswith("sky=MOC aaaaaaaaaa ignored: there is no")
    with pytest.raises(MorphError, match="Upload it again"):
        rows(con, plain, Selection(sky=CoverageMap("aaaaaaaaaa")))


def test_an_empty_region_is_what_a_relaxation_drops(con, plain):
    far = Selection(physical={"mag_r": Limit(10, 17.5)}, sky=Cone(10, -60, 1))
    found = relaxation(con, plain, far)
    assert found.change == "without the filter on the region of the sky"
    assert found.selection == far.without("sky")
    assert found.count > 10


@settings(max_examples=60, deadline=None)
@given(either_side(cones() | polygons()), st.integers(0, 9))
def test_regions_anywhere_on_the_sky(region, seed):
    """Over RA 0 and the poles too, where there are no galaxies of the other tests."""
    rng = np.random.default_rng(seed)
    around = region if isinstance(region, Cone) else Cone(*region.centre, 1)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 500)))
    dec[:200] = np.clip(around.dec + rng.normal(size=200) * 9, -90, 90)
    ra = rng.uniform(0, 360, 500)
    ra[:100] = (around.ra + rng.normal(size=100) * 9) % 360
    with duckdb.connect() as con:
        table = pd.DataFrame({"ra": ra, "dec": dec})
        con.register("given", table)
        con.execute("CREATE TABLE r1 AS SELECT * FROM given")
        release = SimpleNamespace(
            table="r1", columns={"ra", "dec"}, galaxies=500, key=table, sequence=1
        )
        if isinstance(region, Cone):
            *_, sql, values = sky_condition.step(release, region, prefix="s0")
            found = con.execute(f"SELECT ({sql}) FROM r1", values).fetchnumpy()
            inside = next(iter(found.values())).astype(bool)
        else:
            inside = sky_condition._selected(con, release, region)
    certain = ~near_the_edge(region, ra, dec)
    assert (inside == in_region(region, ra, dec))[certain].all()


def test_galaxies_without_a_position_are_in_no_region(tmp_path):
    synthetic_release(tmp_path / "some", galaxies=300, release_id="some")
    rewrite(tmp_path / "some", "galaxies", with_value("ra", np.nan))
    wide = SkyPolygon(((100, 10), (190, 10), (280, 10), (190, 60)))
    first = np.array([[0, 1]])
    workspace = tmp_path / "workspace.duckdb"
    with connect(tmp_path / "catalogue.duckdb", workspace=workspace) as con:
        release = load_release(con, tmp_path / "some")
        ra, dec = con.execute(f"SELECT ra, dec FROM {release.table}").fetchall()[0]
        assert ra is None
        around = (Cone(190, dec, 90), wide, coverage_maps.keep(con, first, "cell"))
        for region in around:
            inside = set(rows(con, release, Selection(sky=region)))
            other = replace(region, outside=True)
            outside = set(rows(con, release, Selection(sky=other)))
            assert inside | outside == set(range(1, 300))
            assert not inside & outside
        far = Cone(190, -dec, 1, outside=True)  # its Dec alone says that it is outside
        assert 0 not in rows(con, release, Selection(sky=far))
