"""The demonstration's stores: same seed same bytes, complete or not there at all."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import torch

from data.simulation import simulate as demo_simulation
from data.simulation.observe import BMZ, DECALS, SATURATION
from data.simulation.population import ARTIFACT, draw_population
from data.simulation.scene import MARGIN, OVERSAMPLING
from data.simulation.simulate import (
    MAG_ERROR,
    RADIUS_ERROR,
    place,
    render,
    simulate,
)
from data.simulation.stores import half_of, parts, write_demo, write_first
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import open_store
from morph.sky import position_from_iauname
from morph.trees.decision_tree import GZD5

GALAXIES = 40
STORES = ("demo-decals", "demo-bmz", "demo-overlap-decals", "demo-overlap-bmz")


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def hashes(root) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo")
    write_demo(root, galaxies=GALAXIES, seed=7, progress=quiet)
    return root


@pytest.fixture(scope="module")
def stores(root):
    return {name: open_store(cutouts_folder(root, name)) for name in STORES}


def test_four_stores_of_a_demonstration(stores):
    sizes = {name: len(store.names) for name, store in stores.items()}
    assert sizes == dict(zip(STORES, (40, 40, 20, 20), strict=True))
    for name, store in stores.items():
        assert store.manifest.origin == "demonstration"
        assert store.manifest.survey == name.rsplit("-", 1)[1]
        assert "demonstration" in store.manifest.title
        assert store.pixels.dtype == np.float16
        assert np.isfinite(store.pixels).all()
        assert store.pixels.max() <= SATURATION


def test_only_those_who_should_have_votes_and_truth(root):
    def has(name, file):
        return (cutouts_folder(root, name) / file).is_file()

    assert [has(s, "votes.parquet") for s in STORES] == [True, False, True, True]
    assert [has(s, "truth.parquet") for s in STORES] == [False, False, True, True]


def test_both_surveys_see_the_same_overlap(root, stores):
    south, north = stores["demo-overlap-decals"], stores["demo-overlap-bmz"]
    pd.testing.assert_frame_equal(south.index, north.index)
    assert (south.pixels != north.pixels).any()
    bright = south.index["mag_r"].to_numpy() < 17
    light = [s.pixels[bright, 1].astype(float).sum((1, 2)) for s in (south, north)]
    assert light[0] == pytest.approx(light[1], rel=0.1)
    for file in ("votes.parquet", "truth.parquet"):
        tables = [pd.read_parquet(s.folder / file) for s in (south, north)]
        pd.testing.assert_frame_equal(*tables)
        assert list(tables[0].columns) == ["iauname", *GZD5.labels]
        assert tables[0]["iauname"].tolist() == south.names.tolist()


def test_two_hundred_volunteers_look_at_the_overlap(stores):
    votes = pd.read_parquet(stores["demo-overlap-bmz"].folder / "votes.parquet")
    first = votes[list(GZD5.questions[0].labels)].sum(axis=1)
    assert (first == 200).all()
    source = pd.read_parquet(stores["demo-decals"].folder / "votes.parquet")
    first = source[list(GZD5.questions[0].labels)].sum(axis=1)
    assert first.between(5, 40).all()


def test_galaxies_lie_where_their_survey_looks(stores):
    names = set()
    for name, store in stores.items():
        index = store.index
        ra, dec = np.transpose([position_from_iauname(n) for n in index["iauname"]])
        assert np.abs(dec - index["dec"]).max() < 0.1 / 3600 + 1e-9
        assert np.abs(ra - index["ra"]).max() < 0.15 / 3600 + 1e-9
        if name == "demo-decals":
            assert (index["dec"] < 32.375).all()
        if name == "demo-bmz":
            assert (index["dec"] > 32.375).all()
        if name != "demo-overlap-bmz":
            assert not names & set(index["iauname"])
            names |= set(index["iauname"])


def test_halves_hang_on_the_name_alone(stores):
    index = stores["demo-overlap-bmz"].index
    assert [half_of(name) for name in index["iauname"]] == index["half"].tolist()
    assert half_of("J112953.88-000427.4") == "test"  # for good
    halves = [half_of(f"J{i:06d}") for i in range(4000)]
    assert halves.count("tune") == pytest.approx(2000, abs=130)


def test_the_same_seed_gives_the_same_bytes(root, tmp_path):
    write_demo(tmp_path, galaxies=GALAXIES, seed=7, progress=quiet)
    assert hashes(tmp_path) == hashes(root)


def test_another_seed_gives_other_galaxies(root, tmp_path):
    write_demo(tmp_path, galaxies=GALAXIES, seed=8, progress=quiet)
    ours, theirs = hashes(tmp_path), hashes(root)
    pixels = [name for name in ours if name.endswith(("pixels.npy", "index.parquet"))]
    assert len(pixels) == 8 and all(ours[name] != theirs[name] for name in pixels)


def test_finished_stores_are_kept_and_a_cut_one_is_made_again(tmp_path):
    told = []

    def stop_at_the_target(what, done, total):
        told.append((what, done, total))
        if what == "demo-bmz":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path, galaxies=20, seed=1, progress=stop_at_the_target)
    assert cutouts_folder(tmp_path, "demo-decals").is_dir()
    assert not (cutouts_folder(tmp_path, "demo-bmz") / "manifest.json").exists()
    pixels = cutouts_folder(tmp_path, "demo-decals") / "pixels.npy"
    made = pixels.stat().st_mtime_ns

    told.clear()
    write_demo(tmp_path, galaxies=20, seed=1, progress=lambda *a: told.append(a))
    assert pixels.stat().st_mtime_ns == made
    assert told[0] == ("demo-decals", 20, 50) and told[-1][1:] == (50, 50)
    done = [d for _, d, _ in told]
    assert done == sorted(done)
    assert len(open_store(cutouts_folder(tmp_path, "demo-bmz")).names) == 20


def test_the_first_galaxies_are_those_of_the_whole_survey(tmp_path, monkeypatch):
    monkeypatch.setattr("data.simulation.stores.FIRST", 32)
    write_first(tmp_path, galaxies=70, seed=1, progress=quiet)
    write_demo(tmp_path, galaxies=70, seed=1, progress=quiet)
    first, whole = (
        open_store(cutouts_folder(tmp_path, f"demo-{n}")) for n in ("first", "bmz")
    )
    assert list(first.names) == list(whole.names[:32])
    assert first.pixels.tobytes() == whole.pixels[:32].tobytes()


def test_a_store_of_other_settings_is_replaced(tmp_path):
    write_demo(tmp_path, galaxies=20, seed=1, progress=quiet)
    write_demo(tmp_path, galaxies=22, seed=1, progress=quiet)
    assert len(open_store(cutouts_folder(tmp_path, "demo-decals")).names) == 22


def test_a_store_that_dies_while_written_is_no_store(tmp_path, monkeypatch):
    write_demo(tmp_path, galaxies=20, seed=1, progress=quiet)

    def die(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr("data.simulation.stores.write_store", die)
    with pytest.raises(OSError, match="no space"):
        write_demo(tmp_path, galaxies=22, seed=1, progress=quiet)
    with pytest.raises(MorphError, match="not a finished cutout store"):
        open_store(cutouts_folder(tmp_path, "demo-decals"))
    assert len(open_store(cutouts_folder(tmp_path, "demo-bmz")).names) == 20


@pytest.mark.parametrize(("galaxies", "seed"), [(19, 0), (100, -1)])
def test_what_cannot_be_simulated_says_why(tmp_path, galaxies, seed):
    with pytest.raises(MorphError, match=f"{galaxies} galaxies with seed {seed}"):
        write_demo(tmp_path, galaxies=galaxies, seed=seed, progress=quiet)


def test_the_full_demonstration_judges_by_two_thousand_galaxies():
    assert [p.galaxies for p in parts(6000)] == [6000, 6000, 2000]
    assert [p.galaxies for p in parts(100)] == [100, 100, 50]
    assert [p.galaxies for p in parts(20_000)] == [20_000, 20_000, 5000]


def test_the_number_of_surveys_changes_no_pixel():
    both = simulate(10, 5, size=32)
    alone = simulate(10, 5, surveys=("bmz",), size=32)
    assert (both.pixels["bmz"] == alone.pixels["bmz"]).all()
    assert set(alone.pixels) == {"bmz"}


def test_the_number_of_cores_changes_no_byte(monkeypatch):
    counted = []
    for cores in (1, 3):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        seen = simulate(70, 5, size=32)
        counted.append({name: p.tobytes() for name, p in seen.pixels.items()})
    assert counted[0] == counted[1]


def test_simulating_leaves_torchs_threads_as_they_were():
    before = torch.get_num_threads()
    simulate(2, 5, size=32)
    assert torch.get_num_threads() == before


def test_chunks_only_set_how_much_is_held_at_once(monkeypatch):
    whole = simulate(12, 5, size=32).pixels
    monkeypatch.setattr(demo_simulation, "CHUNK", 5)
    parted = simulate(12, 5, size=32).pixels
    for name, pixels in whole.items():
        # Vectorised arithmetic may round a last digit otherwise; noise is the same.
        np.testing.assert_allclose(pixels, parted[name], rtol=2e-3, atol=1e-4)


def test_sky_around_a_galaxy_has_the_surveys_noise():
    seen = simulate(300, 6, size=32).pixels
    for survey, scatter in ((DECALS, 1.0), (BMZ, 0.5)):
        corner = seen[survey.name][:, :, :4, :4].astype(float)
        step = corner[..., 1:] - corner[..., :-1]
        faintest = np.percentile(step.std((2, 3)), 30, axis=0) / survey.pixel_noise
        # White neighbours differ by sqrt(2) sigma; z is white in both surveys.
        assert faintest[2] == pytest.approx(np.sqrt(2), rel=0.3)
        assert faintest[0] < 1.3 * np.sqrt(2) * scatter


def test_light_beyond_the_edge_is_rendered_but_not_kept():
    population = draw_population(8, np.random.default_rng(1))
    cells = OVERSAMPLING * (32 + 2 * MARGIN)
    scene = render(population, 32)
    assert scene.shape == (8, 3, cells, cells)
    assert scene.dtype == torch.float32
    assert bool((scene >= 0).all()) and bool(torch.isfinite(scene).all())


def test_a_galaxys_light_is_its_magnitude():
    population = draw_population(600, np.random.default_rng(2))
    alone = (population["disturbance"] == 0) & (population["star_flux"] == 0)
    compact = population[alone & (population["kind"] != ARTIFACT)].assign(
        radius_arcsec=1.6, sersic_index=1.0, arm_disorder=0.0
    )
    light = render(compact, 64)[:, 1].sum((1, 2)).numpy()
    share = light / 10 ** ((22.5 - compact["mag_r"].to_numpy()) / 2.5)
    whole = (compact["arm_contrast"] < 0.1) & (compact["ring"] == 0)
    assert share[whole] == pytest.approx(np.ones(whole.sum()), abs=0.03)
    # Arms and their clumps may make a spiral somewhat brighter or fainter.
    assert np.median(share) == pytest.approx(1, abs=0.02)
    assert (np.abs(share - 1) < 0.35).all()


def test_magnitudes_and_radii_are_measured_with_errors():
    """Those of the index differ from the true ones by the errors of a catalogue."""
    rng = np.random.default_rng(8)
    population = draw_population(3000, rng)
    index = place(population, "decals", rng)
    mag = (index["mag_r"] - population["mag_r"]).to_numpy()
    radius = np.log(index["radius_arcsec"] / population["radius_arcsec"]).to_numpy()
    for error, expected in ((mag, MAG_ERROR), (radius, RADIUS_ERROR)):
        assert error.std() == pytest.approx(expected, rel=0.1)
        assert abs(error.mean()) < 5 * expected / np.sqrt(3000)
