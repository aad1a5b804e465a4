"""Numbers in an address that no control can have."""

import pytest

from pages.common.address.page_parameters import PAGE_PARAMETERS
from tests.pages.opening import opened, said, toasts

NUMBERS = ("map_seed", "seed", "tiles", "page", "zoom", "above", "tails", "images")


def test_an_infinite_seed_is_ignored_and_told(morph_home, dashboard):
    page = opened(dashboard, "map/map.py", {"map_seed": "1e400"})
    assert not page.exception
    assert "map_seed=1e400 ignored: not a valid value here" in toasts(page)
    assert "(seed 0)" in said(page)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["1e400", "-1e400", "nan", "9" * 400])
def test_no_number_of_an_address_ends_a_page(morph_home, dashboard, name, value):
    on = PAGE_PARAMETERS[name].page
    page = opened(dashboard, f"{on}/{on}.py", {name: value, "view": "Table"})
    assert not page.exception
    assert not page.error
