"""The frame around every page: selection from the URL, counts, undo, what is wrong."""

from urllib.parse import parse_qs

from morph import catalogue
from pages.common import database


def at(page, path: str, query: str = ""):
    """The dashboard opened at a page with a query, as a deep link would."""
    for name, values in parse_qs(query).items():
        page.query_params[name] = values
    page.switch_page(f"../{path}")
    return page.run()


def test_the_count_on_the_page_is_the_databases(morph_home, dashboard):
    page = at(dashboard, "catalogue/explore.py", "bar_strong=0.2&bar_strong=0.9")
    assert not page.exception
    with database.cursor(morph_home) as con:
        table = con.table(catalogue.release(con, "small-demo").table)
        expected = len(
            table.filter(
                '"smooth-or-featured_answer" = 1 AND "disk-edge-on_answer" = 1 '
                "AND bar_strong_probability BETWEEN 0.2::FLOAT AND 0.9::FLOAT"
            )
        )
    assert 0 < expected < 300
    assert f"**{expected}** of 300 galaxies" in [m.value for m in page.markdown]
