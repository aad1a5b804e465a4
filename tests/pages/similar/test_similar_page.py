"""Similar: the galaxies shown are the nearest by brute force, and nothing else."""

import io
import shutil
from collections import OrderedDict
from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import fits
from PIL import Image

from morph.catalogue import release_table, sync
from morph.catalogue.own_columns import own_column, own_table
from morph.images import uploaded_image
from morph.images.uploaded_image import Encoder, Seen
from morph.posterior.answer_arrays import by_answer
from morph.posterior.dirichlet import asked_probability
from morph.selection import recipe_json
from morph.selection.listing import ordering
from morph.selection.listing.order import Order
from morph.selection.selection import Selection
from morph.subsets import saved
from morph.trees.decision_tree import GZD5
from pages.common.galaxies import vectors
from pages.common.here import Here
from pages.common.server import database
from tests.fraction_releases import write_fractions
from tests.pages.opening import (
    chips,
    component,
    components,
    counted,
    opened,
    said,
    toasts,
)

PATH = "similar/similar.py"


@pytest.fixture(scope="module")
def known(written_home) -> tuple[list[str], np.ndarray]:
    """Names and directions of the release's galaxies."""
    folder = written_home / "releases" / "small-demo"
    table = pd.read_parquet(folder / "features.parquet")
    features = np.stack(table["feature"]).astype(float)
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    return list(table["iauname"]), units


@pytest.fixture
def ready(morph_home):
    """The release's galaxies are comparable, as a moment after the first look."""
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "small-demo")
        here = Here(morph_home, con, (release,), release, None, None)
        for space in ("features", "answers"):
            job = vectors.search(here, space)
            assert job.finished.wait(30) and not job.problem
    return morph_home


def table_of(root) -> pd.DataFrame:
    with database.cursor(root) as con:
        return con.table(release_table.release(con, "small-demo").table).df()


def nearest(known, wanted: np.ndarray, *, without: set[str], count: int) -> list[str]:
    names, units = known
    order = np.argsort(-(units @ (wanted / np.linalg.norm(wanted))), kind="stable")
    return [names[i] for i in order if names[i] not in without][:count]


def found(page) -> list[str]:
    gallery = next(
        g for g in components(page, "gallery") if "most similar" in g["label"]
    )
    return [tile["iauname"] for tile in gallery["tiles"]]


def test_without_an_example_it_says_how_to_begin(ready, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "##### Choose a galaxy to start from" in [m.value for m in page.markdown]
    assert len(component(page, "gallery")["tiles"]) == 24


def test_the_nearest_are_those_of_brute_force(ready, dashboard, known):
    names, units = known
    query = {"like": names[3], "number": "24", "skip": "false"}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    expected = nearest(known, units[3], without={names[3]}, count=24)
    assert found(page) == expected
    assert "The 24 nearest of 299 galaxies (exact search)" in said(page)


def test_examples_to_be_like_and_unlike_are_weighed(ready, dashboard, known):
    names, units = known
    query = {"like": [names[3], names[8]], "unlike": names[20], "skip": "false"}
    page = opened(dashboard, PATH, query | {"number": "24"})
    wanted = units[[3, 8]].mean(axis=0) - 0.5 * units[20]
    without = {names[3], names[8], names[20]}
    assert found(page) == nearest(known, wanted, without=without, count=24)


def test_only_selected_galaxies_are_found(ready, dashboard, known):
    names, units = known
    query = {"like": names[3], "inside": "true", "skip": "false", "number": "24"}
    page = opened(dashboard, PATH, query | {"mag_r": ["14", "16"]})
    table = table_of(ready)
    faint = set(table.loc[~table["mag_r"].between(14, 16), "iauname"])
    expected = nearest(known, units[3], without=faint | {names[3]}, count=24)
    assert found(page) == expected


def test_answers_are_another_space(ready, dashboard, known):
    name = known[0][3]
    query = {"like": name, "space": "Vote fractions", "number": "24"}
    page = opened(dashboard, PATH, query)
    assert not page.exception and len(found(page)) == 24 and name not in found(page)


def test_more_of_an_answer_finds_galaxies_with_more_of_it(ready, dashboard, known):
    table = table_of(ready).set_index("iauname")
    smooth = table["smooth-or-featured_smooth_probability"]
    name = smooth.sort_values().index[20]
    page = opened(dashboard, PATH, {"like": name, "number": "24"})
    plain = smooth[found(page)].mean()
    page.selectbox(key="towards").set_value("smooth-or-featured_smooth").run()
    page.slider(key="wanted").set_value(0.95).run()
    page.toggle(key="only_wanted").set_value(False).run()
    assert smooth[found(page)].mean() > plain + 0.03
    page.toggle(key="only_wanted").set_value(True).run()
    assert (smooth[found(page)] >= 0.85).all()
    reach = int((smooth.drop(name) >= 0.85).sum())  # none is near another on the sky
    assert f"of {reach} galaxies with Smooth at least 0.85" in said(page)


@pytest.mark.parametrize(("place", "target"), [(20, 0.9), (-20, 0.1)])
def test_an_answer_is_wanted_at_the_other_end_from_the_example(
    ready, dashboard, place, target
):
    """Like this smooth galaxy, but not smooth; or like this disk, but smooth."""
    table = table_of(ready).set_index("iauname")
    smooth = table["smooth-or-featured_smooth_probability"].sort_values()
    page = opened(dashboard, PATH, {"like": smooth.index[place], "number": "24"})
    page.selectbox(key="towards").set_value("smooth-or-featured_smooth").run()
    assert not page.exception
    assert page.slider(key="wanted").value == target
    names = found(page)
    assert names
    assert (abs(smooth[names] - target) < abs(smooth.iloc[place] - target)).all()


def test_less_of_an_answer_finds_only_galaxies_that_are_asked_for_it(
    ready, dashboard, known
):
    table = table_of(ready).set_index("iauname")
    answer, asked = table["merging_none_probability"], table["merging_asked"] >= 0.5
    name = answer[asked].idxmax()
    query = {"like": name, "towards": "Not merging", "wanted": "0.1", "number": "96"}
    page = opened(dashboard, PATH, query | {"skip": "false"})
    expected = answer.index[asked & (answer <= 0.2)]
    assert set(found(page)) == set(expected) and 0 < len(expected) < 96
    gallery = next(
        g for g in components(page, "gallery") if "most similar" in g["label"]
    )
    words = [tile["caption"]["words"] for tile in gallery["tiles"]]
    for tile, text in zip(found(page), words, strict=True):
        assert text == f"Not merging {answer[tile]:.2f}"


def test_no_galaxy_with_the_target_fraction_is_said(ready, dashboard, known):
    table = table_of(ready)
    answer = table["merging_major-disturbance_probability"].where(
        table["merging_asked"] >= 0.5
    )
    assert answer.max() < 0.9
    name = table.loc[answer.idxmax(), "iauname"]
    query = {"like": name, "towards": "Major disturbance", "wanted": "1.0"}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert (
        "There are no galaxies with Major disturbance at least 0.90"
        in page.info[0].value
    )


def test_the_way_to_more_of_an_answer_is_a_strip_of_galaxies(ready, dashboard, known):
    name = known[0][3]
    query = {"like": name, "towards": "Smooth", "wanted": "0.95", "number": "24"}
    page = opened(dashboard, PATH, query | {"only_wanted": "false"})
    assert not page.exception
    film = next(
        g for g in components(page, "gallery") if "along the path" in g["label"]
    )
    names = [tile["iauname"] for tile in film["tiles"]]
    assert names[0] == name and len(set(names)) == len(names) == 6
    captions = [tile["caption"] for tile in film["tiles"]]
    assert captions[0]["words"] == "Start" and captions[-1]["words"] == "→ 0.95"
    smooth = table_of(ready).set_index("iauname")[
        "smooth-or-featured_smooth_probability"
    ]
    assert [c["probability"] for c in captions] == pytest.approx(list(smooth[names]))
    assert names[-1] in found(page)  # the end of the way is what is looked for


def test_examples_of_one_magnitude_find_only_such(ready, dashboard, known):
    names, units = known
    query = {"like": names[3], "skip": "false", "number": "24"}
    page = opened(dashboard, PATH, query | {"same_magnitude": "true"})
    assert not page.exception
    table = table_of(ready).set_index("iauname")
    away = (table["mag_r"] - table.loc[names[3], "mag_r"]).abs()
    others = set(away.index[~(away <= 1)])
    expected = nearest(known, units[3], without=others | {names[3]}, count=24)
    assert found(page) == expected
    assert "galaxies of similar magnitude" in said(page)


def test_an_answer_whose_direction_cannot_be_learnt_is_a_sentence(
    ready, dashboard, known
):
    query = {"like": known[0][3], "towards": "Boxy edge-on bulge"}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert "at least 100 are needed" in page.info[0].value


def test_what_was_looked_for_is_kept_with_the_result(ready, dashboard, known):
    names, _ = known
    query = {"like": names[3], "unlike": names[20], "number": "24", "inside": "true"}
    query |= {"towards": "Smooth", "wanted": "0.9", "mag_r": ["14", "16"]}
    page = opened(dashboard, PATH, query)
    shown = found(page)
    page.text_input(key="save_similar_name").input("Smoother ones")
    page.button(key="save_similar_save").click().run()
    assert not page.exception
    with database.cursor(ready) as con:
        (made,) = [s for s in saved.subsets(con) if s.name == "Smoother ones"]
        assert set(saved.members(con, made.subset_id)) == set(shown)
        saved.delete(con, made.subset_id)
    assert made.kind == "similar"
    assert made.recipe["like"] == [names[3]] and made.recipe["unlike"] == [names[20]]
    towards = {"label": "smooth-or-featured_smooth", "fraction": 0.9}
    assert made.recipe["towards"] == towards
    among = recipe_json.from_json(made.recipe["selection"])
    assert among.physical["mag_r"].high == 16
    assert "with a target vote fraction of 0.90 for Smooth" in made.recipe["words"]


def test_why_and_how_near_are_said(ready, dashboard, known):
    page = opened(dashboard, PATH, {"like": known[0][3]})
    titles = [m.value for m in page.markdown]
    assert "##### Answers in common" in titles
    assert "##### Distances" in titles
    assert "The 48 results are the nearest" in said(page)


def test_an_unknown_name_in_a_link_is_left_out_and_named(ready, dashboard):
    page = opened(dashboard, PATH, {"like": "J000000.00+000000.0"})
    assert not page.exception
    assert any("J000000.00+000000.0" in text for text in toasts(page))


def test_an_example_can_be_added_by_its_name(ready, dashboard, known):
    page = opened(dashboard, PATH)
    page.text_input(key="similar_find").input(known[0][9]).run()
    assert not page.exception
    assert known[0][9] not in found(page) and len(found(page)) == 48
    page.button(key="undo_example").click().run()
    assert "##### Choose a galaxy to start from" in [m.value for m in page.markdown]


def test_a_release_without_features_compares_answers(ready, dashboard):
    page = opened(dashboard, PATH, {"release": "fractions-only"})
    assert not page.exception
    assert page.segmented_control(key="space").options == ["Vote fractions"]


def test_a_release_nobody_predicted_here_takes_no_pictures(ready, dashboard):
    page = opened(dashboard, PATH)
    assert "needs a release made by a morph run" in said(page)
    assert not page.get("file_uploader")
    assert "upload an image" not in invitation(page)


def invitation(page) -> str:
    return next(m.value for m in page.markdown if "Press **+**" in m.value)


def png(seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def model(monkeypatch, known):
    """A model for the release, that sees a certain galaxy in every picture."""
    features = 7 * known[1][12]
    seen = Seen(features, np.full(34, 3.0))
    encoder = Encoder(run="run-1", size=64, pixscale_arcsec=0.262)
    monkeypatch.setattr(uploaded_image, "encoder_of", lambda *given: encoder)
    monkeypatch.setattr(uploaded_image, "see", lambda *given: seen)
    return seen


def test_an_uploaded_picture_is_an_example(ready, dashboard, known, model):
    page = opened(dashboard, PATH, {"number": "24"})
    page.file_uploader(key="upload").upload("mine.png", png(), "image/png").run()
    assert not page.exception
    assert found(page) == nearest(known, known[1][12], without=set(), count=24)


def test_what_was_converted_is_told_beside_the_picture(ready, dashboard, model):
    buffer = io.BytesIO()
    y, x = np.mgrid[:64, :64] - 31.5
    disc = np.exp(-np.hypot(x, y) / 8)
    part = fits.PrimaryHDU(np.stack([3 * disc, 2 * disc, disc]))
    part.header.update(BANDS="zrg", CDELT1=-0.262, CDELT2=0.262)
    part.header.update(CUNIT1="arcsec", CUNIT2="arcsec", BUNIT="[a](b)")
    part.writeto(buffer)
    page = opened(dashboard, PATH)
    data = buffer.getvalue()
    page.file_uploader(key="upload").upload("a.fits", data, "image/fits").run()
    assert not page.exception and found(page)
    assert "Bands g, r, z were taken from the planes z, r, g." in said(page)
    assert r"The fluxes are in \[a\](b)" in said(page)
    scale = next(one for one in page.number_input if "Pixel scale" in one.label)
    assert scale.value == pytest.approx(0.262)


@pytest.mark.parametrize("knows", [True, False])
def test_only_a_model_that_has_learnt_answers_says_what_it_sees(
    ready, dashboard, known, model, knows
):
    model.concentration[:] = np.where(np.arange(34) == 1, 9, 3) if knows else np.nan
    page = opened(dashboard, PATH)
    data = png(seed=1 + knows)  # what was seen in a picture is kept
    page.file_uploader(key="upload").upload("mine.png", data, "image/png").run()
    assert not page.exception and found(page)
    assert ("Prediction: Featured or disk 0.60" in said(page)) == knows
    assert ("it predicts no answers" in said(page)) != knows
    why = "##### Answers in common" in [m.value for m in page.markdown]
    assert why == knows


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"broken", "not a JPEG, PNG, TIFF or FITS"),
        (b"\x89PNG..", "broken"),
    ],
)
def test_a_picture_that_cannot_be_used_is_a_sentence(
    ready, dashboard, model, data, says
):
    page = opened(dashboard, PATH)
    page.file_uploader(key="upload").upload("mine.png", data, "image/png").run()
    assert not page.exception
    assert says in page.error[0].value
    assert page.error[0].value.startswith("mine.png ")
    assert "or upload an image" in invitation(page)


def test_an_index_that_cannot_be_built_says_so_and_is_tried_again(
    ready, dashboard, known, monkeypatch
):
    def closed(*_):
        raise duckdb.ConnectionException("Connection already closed")

    query = {"like": known[0][3], "space": "Vote fractions", "number": "24"}
    monkeypatch.setattr(vectors, "_searches", OrderedDict())
    with monkeypatch.context() as broken:
        broken.setattr(vectors.arrays, "arrays", closed)
        page = opened(dashboard, PATH, query)
        (failed,) = vectors._searches.values()
        assert failed.finished.wait(30)
    assert "The search index was not built" in failed.problem
    page.run()
    (again,) = vectors._searches.values()
    assert again is not failed and again.finished.wait(30)
    assert len(found(page.run())) == 24


@pytest.fixture
def no_columns(morph_home):
    yield
    with database.cursor(morph_home) as con:
        for one in saved.computed_columns(con):
            saved.delete(con, one.subset_id)


def keep_column(page, name: str = "") -> None:
    """Compute the similarity to the examples, under the suggested name or another."""
    if name:
        field(page).set_value(name)
    page.button(key="keep_column_save").click().run()
    assert not page.exception


def field(page):
    (found,) = (one for one in page.text_input if one.key.startswith("column_"))
    return found


def test_the_similarity_of_all_galaxies_is_kept_as_a_column(
    ready, dashboard, known, no_columns
):
    names, units = known
    query = {"like": [names[3], names[8]], "unlike": names[20]}
    page = opened(dashboard, PATH, query)
    assert field(page).value == f"Like {names[3]} and 2 more"
    keep_column(page, "Spirals")
    wanted = units[[3, 8]].mean(axis=0) - 0.5 * units[20]
    cosine = pd.Series(units @ wanted / np.linalg.norm(wanted), names)
    with database.cursor(ready) as con:
        (made,) = saved.computed_columns(con)
        (own,) = own_column.columns_of(con, made.subset_id)
        (values,) = own_table.of_galaxies(con, [own], pa.array(names))
    np.testing.assert_allclose(values.to_numpy(), cosine, atol=1e-12)
    assert made.recipe["like"] == [names[3], names[8]]
    assert made.recipe["unlike"] == [names[20]]
    assert "Kept as “Spirals”" in said(page)
    page.selectbox(key="own_add").set_value(own.ref).run()
    page.number_input(key=f"own_from_{own.ref}").set_value(0.25).run()
    assert counted(page).startswith(f"**{(cosine >= 0.25).sum()}**")
    assert chips(page)[0].startswith("“Spirals” between 0.25 and ")
    high = page.slider(key=f"own_slider_{own.ref}").value[1]
    page.slider(key=f"own_slider_{own.ref}").set_value((0.35, high)).run()
    assert counted(page).startswith(f"**{(cosine >= 0.35).sum()}**")
    page.button(key="use_explore").click().run()
    assert "sort_own" in str(component(page, "address")["go"]["href"])


def test_a_column_is_of_the_shifted_query(ready, dashboard, known, no_columns):
    query = {"like": known[0][3], "number": "24", "skip": "false"}
    page = opened(dashboard, PATH, query)
    page.selectbox(key="towards").set_value("smooth-or-featured_smooth").run()
    page.toggle(key="only_wanted").set_value(False).run()
    words = GZD5.words("smooth-or-featured_smooth")
    assert field(page).value == f"Like {known[0][3]}, {words} 0.90"
    keep_column(page)
    with database.cursor(ready) as con:
        (made,) = saved.computed_columns(con)
        (own,) = own_column.columns_of(con, made.subset_id)
        release = release_table.release(con, "small-demo")
        order = Order("own_highest", own=own.ref)
        first = ordering.page(con, release, Selection(), order=order, limit=25)
    assert made.recipe["towards"] == {
        "label": "smooth-or-featured_smooth",
        "fraction": 0.9,
    }
    others = [name for name in first["iauname"] if name != known[0][3]]
    assert found(page) == others[:24]


def test_a_name_that_is_taken_is_refused_in_words(ready, dashboard, known, no_columns):
    page = opened(dashboard, PATH, {"like": known[0][3]})
    keep_column(page, "Twice")
    keep_column(page, "Twice")
    (problem,) = page.error
    assert problem.value == "A column “Twice” already exists; choose another name."


@pytest.fixture
def nobody_merges(morph_home) -> Iterator[pd.DataFrame]:
    """A release of fractions without any of the last question; the fractions, named.

    It is removed again: the newest release is the one that other tests are shown.
    """
    folder = morph_home / "releases" / "fractions-only"
    galaxies = pd.read_parquet(folder / "galaxies.parquet")
    fractions = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
    fractions = fractions.loc[galaxies["iauname"]]
    fractions.iloc[:, GZD5.columns(GZD5.question("merging"))] = np.nan
    fractions.iloc[5, GZD5.columns(GZD5.question("bar"))] = np.nan  # of one galaxy
    write_fractions(
        morph_home,
        "nobody-merges",
        galaxies,
        fractions.to_numpy(),
        origin="simulated",
        survey="decals",
        title="A question without fractions",
        note="",
    )
    with database.cursor(morph_home) as con:
        sync.sync(con, morph_home / "releases")
        release = release_table.release(con, "nobody-merges")
        here = Here(morph_home, con, (release,), release, None, None)
        job = vectors.search(here, "answers")
        assert job.finished.wait(30) and not job.problem
        assert job.index.known.sum() == len(galaxies) - 1
    yield fractions
    shutil.rmtree(morph_home / "releases" / "nobody-merges")
    with database.cursor(morph_home) as con:
        sync.sync(con, morph_home / "releases")


def test_a_question_without_fractions_is_left_out_of_the_search(
    nobody_merges, dashboard
):
    name = nobody_merges.index[0]
    query = {"release": "nobody-merges", "like": name, "skip": "false"}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert "Not compared, as no galaxy has vote fractions of it: Merging" in said(page)
    share = nobody_merges.to_numpy().copy()
    share[:, GZD5.columns(GZD5.question("merging"))] = 0
    asked = asked_probability(share, GZD5)
    units = np.sqrt(by_answer(asked, GZD5) * share)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cosine = np.nan_to_num(units @ units[0], nan=-1)
    order = np.argsort(-cosine, kind="stable")
    expected = [nobody_merges.index[i] for i in order if i not in (0, 5)]
    assert found(page)[:10] == expected[:10]


def test_of_many_galaxies_a_sample_is_compared_by_fractions_and_the_page_says_so(
    morph_home, dashboard, monkeypatch
):
    monkeypatch.setattr(vectors, "MOST_ANSWERS", 50)
    monkeypatch.setattr(vectors, "_searches", OrderedDict())
    with database.cursor(morph_home) as con:
        release = release_table.release(con, "fractions-only")
        here = Here(morph_home, con, (release,), release, None, None)
        job = vectors.search(here, "answers")
        assert job.finished.wait(30) and not job.problem
        name = con.table(release.table).df()["iauname"].iloc[0]
    assert len(job.index.rows) == 50 and job.index.is_sample
    query = {"release": "fractions-only", "like": name, "skip": "false"}
    page = opened(dashboard, PATH, query)
    assert "a random sample (seed 0) of 50 of the 120 galaxies" in said(page)
    assert "Not compared, as" not in said(page)
