"""Ways to open and read the dashboard that the tests of its pages share."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from tests import shown_components


def opened(
    page: AppTest, path: str, query: Mapping[str, str | Sequence[str]] | None = None
) -> AppTest:
    """The dashboard opened at a page with a query, as a deep link does it.

    Where the address is to be written anew first, that is done as the browser does it.
    """
    asked(page, path, query)
    turns = [drawn["go"] for drawn in components(page, "address")]
    if turns and turns[0] and turns[0]["instead"]:
        page.query_params = parse_qs(turns[0]["href"].removeprefix("?"))
        page.run()
    return page


def asked(
    page: AppTest, path: str, query: Mapping[str, str | Sequence[str]] | None = None
) -> AppTest:
    """The first script run of a link, which may only write its address anew."""
    for name, values in (query or {}).items():
        page.query_params[name] = [values] if isinstance(values, str) else list(values)
    page.switch_page(f"../../{path}")
    return page.run()


def opened_table(page: AppTest, key: str) -> pd.DataFrame:
    """The numbers below a figure, once somebody opens them."""
    page.session_state[key] = True
    page.run()
    (box,) = (box for box in page.expander if box.proto.id.endswith(f"-{key}"))
    return box.dataframe[0].value


def chips(page: AppTest) -> list[str]:
    """The labels of the active filters."""
    return [b.label for b in page.button if (b.key or "").startswith("chip_")]


def button(page: AppTest, label: str) -> Button:
    """The one button that says so."""
    (found,) = (b for b in page.button if b.label == label)
    return found


def toasts(page: AppTest) -> list[str]:
    """What the dashboard said in passing."""
    return [toast.value for toast in page.toast]


def component(page: AppTest, name: str) -> dict[str, Any]:
    """What the page gave a component of ours to draw; AppTest cannot click in it."""
    (found,) = components(page, name)
    return found


def components(page: AppTest, name: str) -> list[dict[str, Any]]:
    """What the page gave each component of that name, in the order of the page."""
    every = [e.proto for e in page.get("bidi_component")]
    named = [p for p in every if p.component_name == f"morph_{name}"]
    drawn = [shown_components.data(proto.json) for proto in named]
    if name == "plane":
        return [shown_components.plane(one) for one in drawn]
    if name == "gallery":
        return [{**one, "tiles": shown_components.tiles(one)} for one in drawn]
    return drawn


def sent(page: AppTest) -> tuple[str, dict[str, list[str]]]:
    """Page and query to which the browser is sent on; AppTest has no browser."""
    path, _, query = component(page, "address")["go"]["href"].partition("?")
    return path, parse_qs(query)


def counted(page: AppTest) -> str:
    """The count that every page about galaxies begins with."""
    return next(m.value for m in page.markdown if m.value.startswith("**"))


def said(page: AppTest) -> str:
    """All captions, one below another."""
    return "\n".join(caption.value for caption in page.caption)


def sliders(page: AppTest) -> dict[str, dict[str, Any]]:
    """The sliders of the sidebar by their parameter, those of folded blocks too."""
    return {one["parameter"]: one for group in blocks(page) for one in group["sliders"]}


def blocks(page: AppTest) -> list[dict[str, Any]]:
    """The groups of the sidebar's sliders."""
    news = [shown_components.news(one) for one in components(page, "slider_news")]
    return [
        group
        for drawn in components(page, "sliders")
        for group in shown_components.groups(drawn, news)
    ]


def told(page: AppTest, name: str) -> Any:
    """What the page told its sliders under this name."""
    every = map(shown_components.news, components(page, "slider_news"))
    (found,) = (news[name] for news in every if name in news)
    return found
