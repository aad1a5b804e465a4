"""Each published kind of table is recognised by its columns and read as it means."""

import json

import numpy as np
import pandas as pd
import pytest

from data.tables.publish_table import known_content
from morph.sky import iauname_from_position
from morph.trees.decision_tree import GZD5

LABELS = list(GZD5.labels)


def _alpha(table: pd.DataFrame) -> np.ndarray:
    return table[[f"{label}_concentration" for label in LABELS]].to_numpy()


def _renamed(table: pd.DataFrame, suffix: str, *, hyphens: bool) -> pd.DataFrame:
    names = {
        f"{label}_concentration": label + suffix
        if hyphens
        else (label + suffix).replace("-", "_")
        for label in LABELS
    }
    return table.rename(columns=names)


def _fractions(table: pd.DataFrame) -> pd.DataFrame:
    """The same galaxies with expected fractions in place of concentrations."""
    alpha, rest = _alpha(table), table[["iauname", "ra", "dec"]]
    parts = [alpha[:, GZD5.columns(q)] for q in GZD5.questions]
    rho = np.column_stack([part / part.sum(axis=1, keepdims=True) for part in parts])
    columns = [f"{label}_fraction" for label in LABELS]
    return pd.concat([rest, pd.DataFrame(rho, columns=columns)], axis=1)


# Concentrations


@pytest.mark.parametrize("hyphens", [True, False], ids=["hyphens", "underscores"])
@pytest.mark.parametrize("suffix", ["_concentration", ""], ids=["suffix", "plain"])
@pytest.mark.parametrize("name", ["table.csv", "table.parquet", "table.fits"])
def test_a_generic_table_keeps_every_concentration(
    name, suffix, hyphens, concentrations, read
):
    reading = read(_renamed(concentrations, suffix, hyphens=hyphens), name)
    assert reading.posterior == "concentration"
    assert reading.posteriors["iauname"].tolist() == concentrations["iauname"].tolist()
    np.testing.assert_array_equal(_alpha(reading.posteriors), _alpha(concentrations))
    assert reading.galaxies["ra"].tolist() == concentrations["ra"].tolist()
    assert set(reading.galaxies["position_from"]) == {"table"}
    assert reading.samples is None and reading.votes is None


def test_the_order_of_columns_and_capitals_make_no_difference(concentrations, read):
    shuffled = concentrations.sample(frac=1, axis=1, random_state=1)
    reading = read(shuffled.rename(columns=str.upper))
    np.testing.assert_array_equal(_alpha(reading.posteriors), _alpha(concentrations))


def test_a_table_with_names_only_is_placed_by_them(concentrations, read):
    reading = read(concentrations.drop(columns=["ra", "dec"]))
    assert set(reading.galaxies["position_from"]) == {"name"}
    assert reading.report == {"position from name": 12}
    ra, dec = reading.galaxies["ra"], reading.galaxies["dec"]
    assert np.abs(dec - concentrations["dec"]).max() * 3600 <= 0.1
    assert np.abs(ra - concentrations["ra"]).max() * 3600 <= 0.15
    assert iauname_from_position(ra, dec).tolist() == concentrations["iauname"].tolist()


def test_a_name_that_says_no_place_leaves_the_galaxy_without_position(
    concentrations, read
):
    table = concentrations.drop(columns=["ra", "dec"])
    table.loc[3, "iauname"] = "NGC 1300"
    reading = read(table)
    assert reading.galaxies.loc[3, "iauname"] == "NGC 1300"
    assert np.isnan(reading.galaxies.loc[3, "ra"])
    assert reading.galaxies.loc[3, "position_from"] == ""
    assert reading.report["without position"] == 1


def test_a_table_without_names_gets_them_from_positions_none_twice(
    concentrations, read
):
    table = concentrations.drop(columns="iauname")
    table.loc[1, ["ra", "dec"]] = table.loc[0, ["ra", "dec"]] + 1e-7
    table.insert(0, "dr8_id", [f"33{i}_{i}" for i in range(12)])
    reading = read(table)
    names = reading.galaxies["iauname"]
    assert names[0] == concentrations["iauname"][0]
    assert names[1] == f"{names[0]}-2"
    assert names.is_unique
    assert reading.galaxies["source_id"].tolist() == table["dr8_id"].tolist()
    assert reading.report["named by position"] == 12


def test_a_made_name_never_takes_a_given_one(concentrations, read):
    table = concentrations.assign(source_id=[f"a{i}" for i in range(12)])
    table.loc[0, "iauname"] = None
    same = ["iauname", "ra", "dec"]
    table.loc[5, same] = concentrations.loc[0, same]
    names = read(table).galaxies["iauname"]
    assert names[5] == concentrations["iauname"][0]
    assert names[0] == f"{names[5]}-2"


def test_ids_too_long_for_a_float_stay_exact(concentrations, read):
    table = concentrations.assign(
        source_id=[1237648702966988820 + i for i in range(12)]
    )
    found = read(table).galaxies["source_id"]
    assert found.tolist() == [str(n) for n in table["source_id"]]


def test_physical_columns_are_taken_where_their_meaning_is_sure(concentrations, read):
    table = concentrations.assign(
        mag_r=17.5, petro_th50=4.0, redshift=0.05, petro_th90=9.0, elpetro_absmag_r=-21
    )
    table.loc[0, ["mag_r", "redshift"]] = [99.0, -999.0]
    reading = read(table)
    physical = set(reading.galaxies) - {"iauname", "ra", "dec", "position_from"}
    assert physical == {"mag_r", "radius_arcsec", "redshift"}
    assert reading.galaxies.loc[1, "radius_arcsec"] == 4.0
    assert reading.galaxies.loc[0, ["mag_r", "redshift"]].isna().all()
    assert reading.report["impossible values of mag_r"] == 1
    assert reading.report["impossible values of redshift"] == 1


def test_the_surveys_own_magnitudes_go_before_others(concentrations, read):
    table = concentrations.assign(mag_r=np.nan, mag_r_desi=18.25, est_petro_th50=3.0)
    reading = read(table)
    assert set(reading.galaxies["mag_r"]) == {18.25}
    assert set(reading.galaxies["radius_arcsec"]) == {3.0}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -2.0, 0.0])
def test_a_concentration_that_is_no_positive_number_is_refused(
    value, concentrations, refusal
):
    concentrations.loc[7, "bar_weak_concentration"] = value
    message = refusal(concentrations)
    assert "bar_weak" in message and concentrations["iauname"][7] in message


def test_a_galaxy_that_stands_twice_is_refused(concentrations, refusal):
    table = pd.concat([concentrations, concentrations.iloc[[4]]])
    message = refusal(table)
    assert concentrations["iauname"][4] in message and "row 13" in message


def test_an_id_that_stands_twice_is_refused(concentrations, refusal):
    table = concentrations.drop(columns="iauname").assign(dr8_id="330_7")
    assert "'dr8_id'" in refusal(table)


@pytest.mark.parametrize(("ra", "dec"), [(400, 0), (-181, 0), (10, 91), (np.inf, 0)])
def test_positions_off_the_sky_are_refused(ra, dec, concentrations, refusal):
    concentrations.loc[2, ["ra", "dec"]] = [ra, dec]
    message = refusal(concentrations)
    assert "out of range" in message and "row 3" in message


def test_rows_without_name_and_position_are_refused(concentrations, refusal):
    concentrations["iauname"] = concentrations["iauname"].astype(object)
    concentrations.loc[6, ["iauname", "ra"]] = [None, np.nan]
    assert "row 7" in refusal(concentrations)


def test_missing_columns_are_named_with_the_nearest_ones(concentrations, refusal):
    table = concentrations.rename(
        columns={"bar_strong_concentration": "bar_storng_concentration"}
    )
    message = refusal(table)
    assert "33 of the 34" in message
    assert "'bar_strong_concentration' (nearest: 'bar_storng_concentration')" in message


def test_missing_names_and_positions_are_named_with_the_nearest_ones(
    concentrations, refusal
):
    table = concentrations.rename(columns={"iauname": "iau_nam", "ra": "raj2000"})
    message = refusal(table)
    assert "'iauname' (nearest: 'iau_nam')" in message
    assert "'ra'" in message


def test_a_table_of_something_else_is_told_so(refusal):
    message = refusal(pd.DataFrame({"pca_0": [1.0], "ra": [2.0], "dec": [3.0]}))
    assert "each of 34, such as" in message
    for suffix in ("fraction", "concentration"):
        assert f"smooth-or-featured_smooth_{suffix}" in message
    assert "pca_0, ra, dec" in message


def test_two_columns_of_one_meaning_are_refused(concentrations, refusal):
    table = concentrations.assign(bar_weak__concentration=1.0)
    table = table.rename(columns={"bar_weak__concentration": "BAR-weak-concentration"})
    assert "2 columns for 'bar_weak_concentration'" in refusal(table)


def test_texts_that_look_like_code_stay_text(concentrations, read, tmp_path):
    words = "__import__('os').system('touch hacked')"
    table = concentrations.assign(source_id=[f"={words}{i}" for i in range(12)])
    assert read(table).galaxies["source_id"][0] == f"={words}0"
    assert not (tmp_path / "hacked").exists()


# Galaxy Zoo DECaLS, automated posteriors: a list per answer


@pytest.fixture
def automated(concentrations):
    """Fifteen passes per answer, as JSON-like text, with everything beside them."""
    rng = np.random.default_rng(7)
    alpha = 1 + 100 * rng.random((12, 34, 15))
    table = concentrations[["iauname", "ra", "dec"]].assign(
        file_loc="dr5/png/J114/x.png", wrong_size_warning=False
    )
    columns = {}
    for column, label in enumerate(LABELS):
        columns[f"{label}_concentration"] = [
            json.dumps(row.tolist()) for row in alpha[:, column]
        ]
        columns[f"{label}_fraction"] = 0.5
    for question in GZD5.questions:
        columns[f"{question.name}_proportion_volunteers_asked"] = 0.9
    return pd.concat([table, pd.DataFrame(columns)], axis=1), alpha


@pytest.mark.parametrize("kind", ["text.csv", "text.parquet", "list.parquet"])
def test_automated_posteriors_keep_every_pass_and_their_mean(kind, automated, read):
    table, alpha = automated
    if kind == "list.parquet":
        lists = {c: table[c].map(json.loads) for c in table if "concent" in c}
        table = table.assign(**lists)
    reading = read(table, kind)
    assert reading.title == "Galaxy Zoo DECaLS, automated posteriors"
    assert "Walmsley et al. 2022" in reading.citation
    assert reading.licence == "CC BY 4.0"
    np.testing.assert_allclose(
        _alpha(reading.posteriors), alpha.mean(axis=2), rtol=1e-14
    )
    assert reading.samples["pass"].tolist() == list(range(15)) * 12
    assert reading.samples["iauname"][15] == table["iauname"][1]
    passes = _alpha(reading.samples).reshape(12, 15, 34).transpose(0, 2, 1)
    np.testing.assert_array_equal(passes, alpha.astype(np.float32))


def test_one_pass_is_no_sample(automated, read):
    table, alpha = automated
    for column, label in enumerate(LABELS):
        table[f"{label}_concentration"] = [f"[{a}]" for a in alpha[:, column, 0]]
    reading = read(table)
    assert reading.samples is None
    np.testing.assert_array_equal(_alpha(reading.posteriors), alpha[:, :, 0])


def test_answers_with_different_numbers_of_passes_are_refused(automated, refusal):
    table, _ = automated
    table["bar_no_concentration"] = "[1.5, 2.5]"
    assert "2 passes for bar_no" in refusal(table)


def test_a_bad_number_in_a_list_is_refused(automated, refusal):
    table, _ = automated
    table.loc[3, "bar_no_concentration"] = json.dumps([1.0] * 14 + [-1.0])
    message = refusal(table)
    assert "bar_no" in message and table["iauname"][3] in message


# Galaxy Zoo DESI: fractions


def test_the_friendly_catalogue_is_empty_where_few_were_asked(concentrations, read):
    table = _fractions(concentrations).drop(columns="iauname")
    bars = [f"{label}_fraction" for label in GZD5.question("bar").labels]
    table.loc[4, bars] = np.nan
    table = table.assign(
        dr8_id=[f"33{i}_{i}" for i in range(12)], brickid=1, objid=2, hdf5_loc="x"
    )
    reading = read(table, "friendly.parquet")
    assert reading.title == "Galaxy Zoo DESI, friendly catalogue"
    assert "Walmsley et al. 2023" in reading.citation
    assert "uncertainties are absent" in reading.note
    assert reading.posterior == "fraction" and reading.samples is None
    assert reading.posteriors.loc[4, bars].isna().all()
    assert int(reading.posteriors.isna().to_numpy().sum()) == 3
    columns = [f"{label}_fraction" for label in LABELS]
    np.testing.assert_array_equal(reading.posteriors[columns], table[columns])
    assert reading.galaxies["source_id"][3] == "333_3"


def test_the_advanced_catalogue_is_told_by_its_bounds(concentrations, read):
    table = _fractions(concentrations)
    bounds = {f"{label}_90pc-lower": 0.1 for label in LABELS}
    reading = read(table.assign(dr8_id=range(12), **bounds))
    assert reading.title == "Galaxy Zoo DESI, advanced catalogue"
    assert "bounds are not loaded" in reading.note


def test_half_a_question_is_emptied_and_counted(concentrations, read):
    table = _fractions(concentrations)
    table.loc[4, "bar_no_fraction"] = np.nan
    reading = read(table)
    bars = [f"{label}_fraction" for label in GZD5.question("bar").labels]
    assert reading.posteriors.loc[4, bars].isna().all()
    assert reading.report["incomplete questions, set to empty"] == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.5, "outside 0 to 1"), (np.inf, "outside"), (0.9, "sum to 1")],
)
def test_fractions_that_cannot_be_are_refused(value, words, concentrations, refusal):
    table = _fractions(concentrations)
    table.loc[4, "disk-edge-on_yes_fraction"] = value
    assert words in refusal(table)


def test_concentrations_called_fractions_are_refused(concentrations, refusal):
    table = _renamed(concentrations, "_fraction", hyphens=True)
    assert "outside 0 to 1" in refusal(table)


# The BMz release


def test_bmz_concentrations_are_the_mean_over_passes(concentrations, read):
    table = _renamed(concentrations, "_meanv", hyphens=False)
    extra = {f"{label}_meanf".replace("-", "_"): 0.5 for label in LABELS}
    extra |= {f"{label}_var".replace("-", "_"): 0.01 for label in LABELS}
    extra |= {f"{q.name}_entropy".replace("-", "_"): -3.0 for q in GZD5.questions}
    reading = read(pd.concat([table, pd.DataFrame(extra, index=table.index)], axis=1))
    assert reading.title == "BASS+MzLS (BMz) classifications"
    assert "Ye et al. 2025" in reading.citation
    assert reading.posterior == "concentration"
    np.testing.assert_array_equal(_alpha(reading.posteriors), _alpha(concentrations))


def test_the_plain_bmz_table_is_placed_by_its_images(concentrations, read):
    table = _fractions(concentrations).rename(
        columns=lambda c: c.removesuffix("_fraction").replace("-", "_")
    )
    slips = {
        "how_rounded_in_between": "how_rounded_medium",
        "how_rounded_cigar_shaped": "how_rounded_loose",
    }
    table = table.rename(columns=slips)
    places = zip(table["ra"], table["dec"], strict=True)
    images = [f"/data/out/{ra}_{dec}.fits" for ra, dec in places]
    table = table.drop(columns=["iauname", "ra", "dec"])
    variances = {f"{c}_v": 0.01 for c in table.columns}
    table = table.assign(**variances, loc=images)
    assert table.shape[1] == 69
    reading = read(table)
    assert reading.posterior == "fraction"
    assert "variances are not loaded" in reading.note
    np.testing.assert_array_equal(
        reading.posteriors["how-rounded_cigar-shaped_fraction"],
        table["how_rounded_loose"],
    )
    assert reading.galaxies["iauname"].tolist() == concentrations["iauname"].tolist()
    assert reading.galaxies["ra"].tolist() == concentrations["ra"].tolist()
    assert set(reading.galaxies["position_from"]) == {"image name"}
    assert reading.galaxies["source_id"].tolist() == images


# What is known of a file by its content


def test_only_the_six_known_files_get_the_note_of_the_artificial_redshifts():
    step1 = "b65ff78fb5038108ee4baa01c287b852885fac72714a09624c717f86527dfbcd"
    assert "artificially redshifted in six steps" in known_content(step1).note
    assert "This is step 1." in known_content(step1).note
    assert known_content("0" * 64) is None
