"""Methods: sources, citations, formulas on a real row, addresses, status."""

from morph.catalogue import release_table
from pages.common.address.page_parameters import PAGE_PARAMETERS
from pages.common.server import database
from tests.pages.opening import opened
from tests.trees import GZ2

PATH = "methods/methods.py"


def read(page) -> str:
    return "\n".join(markdown.value for markdown in page.markdown)


def test_every_data_set_is_named_with_provenance_licence_and_number(
    morph_home, dashboard
):
    page = opened(dashboard, PATH)
    assert not page.exception
    table = page.table[0].value.set_index("Data set")
    assert list(table.index) == ["small-demo", "fractions-only", "small-bmz"]
    assert table.loc["small-demo", "Galaxies"] == 300
    assert table.loc["fractions-only", "Kind"] == "Simulated"
    assert table.loc["small-bmz", "Licence"] == "None: simulated data"
    assert "Nobody et al. 2026" in table.loc["small-demo", "Title and citation"]


def test_the_surveys_in_use_are_described(morph_home, dashboard):
    table = opened(dashboard, PATH).table[1].value.set_index("Survey")
    assert list(table.index) == ["BASS+MzLS", "DECaLS"]  # SDSS is not in use
    assert table.loc["BASS+MzLS", "Median PSF width (FWHM)"] == (
        "g 1.61″, r 1.47″, z 1.01″"
    )
    assert table.loc["DECaLS", "Pixel"] == "0.262″"
    assert "south" in table.loc["DECaLS", "Footprint"]


def test_the_example_is_worked_from_a_row_of_the_release(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["small-demo"]})
    text = next(m.value for m in page.markdown if "| Quantity |" in m.value)
    name = text.split("Bar of ")[1].split(" |")[0]
    with database.cursor(morph_home) as con:
        table = release_table.release(con, "small-demo").table
        strong, total = con.execute(
            "SELECT bar_strong_concentration, bar_strong_concentration + "
            "bar_weak_concentration + bar_no_concentration "
            f"FROM {table} WHERE iauname = ?",
            [name],
        ).fetchone()
    assert f"{strong:.2f} / {total:.2f} = {strong / total:.4f}" in text


def test_fractions_have_formulas_without_an_example(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    assert not page.exception
    assert "| Quantity | Formula |\n| --- | --- |\n" in read(page)


def test_what_was_not_learnt_and_what_to_cite_are_said(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert "did not learn Edge-on bulge" in page.warning[0].value
    assert "@misc{smalldemo," in page.code[0].value
    assert "@article{Walmsley2022," in page.code[0].value


def test_all_parameters_stand_in_the_table(morph_home, dashboard):
    page = opened(dashboard, PATH)
    table = page.dataframe[0].value.set_index("Parameter")
    corners = {f"at_{label}" for label in GZ2.labels}  # of another tree
    assert set(PAGE_PARAMETERS) - corners <= set(table.index)
    assert not corners & set(table.index)
    examples = table["Example"]
    assert examples["triangle"] == "simplex?triangle=merging"
    assert examples["posterior"] == "galaxy?posterior=bar"
    assert examples["answer"] == "populations?answer=bar_no"
    assert table.loc["with", "Example"] == "compare?with=fractions-only"
    assert table["Meaning"].str.len().min() > 5


def test_the_status_counts_pictures(morph_home, dashboard):
    page = opened(dashboard, PATH)
    covered = page.table[-1].value
    assert covered.loc["small-demo"].iloc[0] == "240 of 300"
