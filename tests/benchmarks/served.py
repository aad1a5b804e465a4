"""The dashboard served for a benchmark, and the contents of its messages."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.proto.Alert_pb2 import Alert

from data.demo.dashboard import Dashboard, dashboard
from tests import shown_components
from tests.benchmarks.light_tab import Answer, Arrived
from tests.plain_counts import Limits, Plain

_COUNT = re.compile(r"\*\*([\d,]+)\*\* of [\d,]+ galax")


@contextmanager
def serving(home: Path) -> Iterator[tuple[Dashboard, int]]:
    """The dashboard over ``home`` on a free port, and that port."""
    port = free_port()
    with dashboard(home, port) as running:
        yield running, port


def free_port() -> int:
    """A port of this computer that nobody uses yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def count(answer: Answer) -> tuple[int | None, float]:
    """The number of galaxies shown on the page, and its time of arrival."""
    found = counted(answer)
    if found is None:
        return None, answer.seconds
    return _counted(found.element), found.seconds


def counted(answer: Answer) -> Arrived | None:
    """The element with the number of galaxies."""
    return answer.first(lambda element: _counted(element) is not None)


def funnel(answer: Answer) -> tuple[list[int], float]:
    """Galaxies left after each step, as shown, and the time of arrival."""
    found = answer.first(lambda e: getattr(e, "id", "").endswith("-funnel"))
    if found is None:
        return [], answer.seconds
    steps = data_of(found.element)["steps"]
    return [step["left"] for step in steps], found.seconds


def wrong_counts(answer: Answer, plain: Plain, limits: Limits) -> list[str]:
    """Messages about wrong counts on a page."""
    said, _ = count(answer)
    true = plain.steps(limits)
    found = errors(answer)
    if said != true[-1]:
        found.append(f"says {said}, {true[-1]:,} are selected")
    steps, _ = funnel(answer)  # not every page has one
    if steps and steps != true:
        found.append(f"the funnel says {steps}, its steps leave {true}")
    return found


def gallery(answer: Answer, key: str) -> tuple[list[str], float]:
    """Names of the galaxies in a gallery, and its time of arrival."""
    found = answer.first(lambda e: getattr(e, "id", "").endswith(f"-{key}"))
    if found is None:
        return [], answer.seconds
    tiles = shown_components.tiles(data_of(found.element))
    return [tile["iauname"] for tile in tiles], found.seconds


def data_of(component: Any) -> dict[str, Any]:
    """The data of a component."""
    return json.loads(component.json)


def largest_plot(answer: Answer) -> int:
    """Bytes of the largest plot among the answers, however it is drawn."""
    kinds = {"plotly_chart", "bidi_component", "imgs"}
    drawn = [one for one in answer.arrived if one.element is not None]
    return max(
        (
            one.bytes
            for one in drawn
            if one.message.delta.new_element.WhichOneof("type") in kinds
        ),
        default=0,
    )


def errors(answer: Answer) -> list[str]:
    """Error messages on the page."""
    news = [one.message.delta.new_element for one in answer.arrived]
    said = [new.alert.body for new in news if new.alert.format == Alert.ERROR]
    return said + [new.exception.message for new in news if new.HasField("exception")]


def _counted(element: Any) -> int | None:
    found = _COUNT.match(getattr(element, "body", ""))
    return int(found[1].replace(",", "")) if found else None


def lows(repeats: int) -> list[float]:
    """Lower limits of a fraction, each for another selection."""
    return np.linspace(0.05, 0.45, repeats).round(4).tolist()


def once(problems: list[str]) -> list[str]:
    """The first of each kind of problem, at most three."""
    return list(dict.fromkeys(problems))[:3]
