"""Cross-matches against all pairs by astropy; which are best, ambiguous, shared."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord, search_around_sky
from hypothesis import given, settings
from hypothesis import strategies as st

from morph.errors import MorphError
from morph.sky import cross_match as module
from morph.sky.cross_match import cross_match, flags, median_offset_arcsec

ARCSEC = 1 / 3600


def clustered(rng: np.random.Generator, number: int, dec: float):
    """Positions in a few clumps, some over RA 0, with unknown ones among them."""
    clumps = rng.choice([0.0, 120, 300], number)
    ra = (clumps + rng.normal(size=number) * 20 * ARCSEC) % 360
    dec = np.clip(dec + rng.normal(size=number) * 20 * ARCSEC, -90, 90)
    ra[rng.random(number) < 0.05] = np.nan
    return ra, dec


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 200),
    st.integers(1, 200),
    st.sampled_from([-90.0, 0.0, 60.0, 89.999]),
    st.sampled_from([0.5, 5.0, 60.0]),
    st.sampled_from([0.0, module.CELL]),  # with the smallest, pairs are of two cells
)
def test_pairs_are_all_within_the_radius(seed, first, second, dec, radius, cell):
    rng = np.random.default_rng(seed)
    a, b = clustered(rng, first, dec), clustered(rng, second, dec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 37)
        patch.setattr(module, "CELL", cell)
        pairs = cross_match(a, b, radius, workers=1)
    known = [np.flatnonzero(np.isfinite(one[0])) for one in (a, b)]
    expected = set()
    if all(map(len, known)):
        sky = [
            SkyCoord(one[0][rows], one[1][rows], unit="deg")
            for one, rows in zip((a, b), known, strict=True)
        ]
        at, to, apart, _ = search_around_sky(*sky, radius * u.arcsec)
        expected = set(zip(known[0][at].tolist(), known[1][to].tolist(), strict=True))
        both = zip(known[0][at], known[1][to], strict=True)
        found = dict(zip(both, apart.arcsec, strict=True))
        mine = [found[one] for one in zip(pairs.a, pairs.b, strict=True)]
        np.testing.assert_allclose(pairs.separation_arcsec, mine, atol=1e-7)
    assert set(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)) == expected
    assert (np.diff(pairs.a) >= 0).all()


def test_the_best_pair_and_its_rivals():
    dec = np.zeros(4)
    a = np.array([10.0, 20, 30, 40]), dec
    away = ARCSEC * np.array([0, 1, -2, 0.3, 2])
    b = np.array([10, 20, 20, 30, 30]) + away, np.zeros(5)
    pairs = cross_match(a, b, 3, workers=1)
    assert pairs.a.tolist() == [0, 1, 1, 2, 2]
    assert pairs.b.tolist() == [0, 1, 2, 3, 4]
    said = flags(pairs)
    assert said.best.tolist() == [True, True, False, True, False]
    assert said.candidates.tolist() == [1, 2, 2, 2, 2]
    assert said.ambiguous.tolist() == [False, True, True, False, False]
    np.testing.assert_allclose(said.second_arcsec, [np.nan, 2, 2, 2, 2], atol=1e-9)
    assert flags(pairs, ratio=10).ambiguous.tolist() == [False, True, True, True, True]
    assert not said.shared.any()
    east, north = median_offset_arcsec(a, b, pairs.rows(said.best))
    assert (east, north) == (pytest.approx(0.3, abs=1e-6), 0)


def test_duplicates_are_ambiguous_and_a_shared_partner_is_told():
    one = np.array([50.0]), np.array([10.0])
    twice = np.array([50.0, 50.0 + 0.01 * ARCSEC]), np.array([10.0, 10.0])
    assert flags(cross_match(one, twice, 1)).ambiguous.all()
    said = flags(cross_match(twice, one, 1))
    assert said.shared.tolist() == [True, True]
    assert not said.ambiguous.any()


def test_lists_without_positions_have_no_pairs():
    nothing = np.array([np.nan]), np.array([1.0])
    pairs = cross_match(nothing, (np.array([1.0, 2]), np.zeros(2)), 1)
    assert len(pairs.a) == 0
    assert len(flags(pairs).best) == 0
    assert np.isnan(median_offset_arcsec(nothing, nothing, pairs)).all()


@pytest.mark.parametrize("radius", [0, -1, np.nan, 3601])
def test_an_impossible_radius_is_refused(radius):
    one = np.array([1.0]), np.array([1.0])
    with pytest.raises(MorphError, match="expected more than 0 and at most 3,600"):
        cross_match(one, one, radius)


def test_too_many_pairs_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_PAIRS", 99)
    one = np.full(10, 1.0), np.full(10, 1.0)
    with pytest.raises(MorphError, match="choose a smaller radius"):
        cross_match(one, one, 1)
