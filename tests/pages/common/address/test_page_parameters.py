"""Every parameter of an address is explained, and its example does what it says."""

from urllib.parse import parse_qs, urlsplit

import pytest

from morph.selection.parameters import parameters
from morph.trees.decision_tree import GZD5
from pages.common.address.page_parameters import (
    PAGE_PARAMETERS,
    example_link,
    selection_parameters,
)
from tests.pages.opening import opened, toasts

LOADED = {"release": "small-demo", "other": "fractions-only"}


def links(iauname: str) -> list[str]:
    everything = [*selection_parameters(GZD5), *PAGE_PARAMETERS.items()]
    loaded = LOADED | {"iauname": iauname}
    return [link for n, one in everything if (link := example_link(n, one, loaded))]


def test_every_parameter_of_a_selection_has_a_meaning():
    found = dict(selection_parameters(GZD5))
    assert set(found) == set(parameters(GZD5))
    assert all(parameter.means for parameter in found.values())


def test_an_example_that_needs_another_release_is_left_out_without_one():
    assert example_link("with", PAGE_PARAMETERS["with"], {"release": "one"}) == ""


def test_an_example_says_what_else_its_parameter_needs():
    parameters = dict(selection_parameters(GZD5))
    link = example_link("asked", parameters["asked"], {})
    assert parse_qs(urlsplit(link).query) == {"rule": ["asked"], "asked": ["0.7"]}


@pytest.mark.parametrize("page", ["explore", "populations", "designer"])
def test_examples_open_without_a_notice(morph_home, dashboard, page):
    query: dict[str, list[str]] = {}
    for link in links(""):
        parts = urlsplit(link)
        if parts.path == page and "{" not in link:
            query |= parse_qs(parts.query)
    query |= {label: ["0", "1"] for label in GZD5.labels if label in query}
    path = f"{page}/{page}.py"
    view = opened(dashboard, path, query | {"release": ["small-demo"]})
    assert not view.exception
    assert toasts(view) == []
