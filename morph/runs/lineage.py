"""What runs were made from and what they made: stores, models, releases."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from morph.runs.lifecycle import RunState

Node = tuple[str, str]  # "store", "run" or "release", and its name

_STORES = ("stores", "source_stores", "target_stores")


def links(runs: Sequence[RunState]) -> list[tuple[Node, Node]]:
    """From what each run used to the run, and from the run to its release."""
    found = [link for run in runs for link in _links(run)]
    return list(dict.fromkeys(found))


def connected(links: Sequence[tuple[Node, Node]], to: Node) -> list[tuple[Node, Node]]:
    """Those links on the ways that lead to a node, or away from it."""
    kept = _reached(links, {to}, forwards=True) + _reached(links, {to}, forwards=False)
    return [link for link in links if link in kept]


def _reached(
    links: Sequence[tuple[Node, Node]], nodes: set[Node], *, forwards: bool
) -> list[tuple[Node, Node]]:
    found: list[tuple[Node, Node]] = []
    seen = set(nodes)
    while nodes:
        new = [link for link in links if link[0 if forwards else 1] in nodes]
        found += new
        nodes = {link[1 if forwards else 0] for link in new} - seen
        seen |= nodes
    return found


def _links(run: RunState) -> Iterator[tuple[Node, Node]]:
    here, config = ("run", run.run_id), run.config
    release = config.get("release")
    release = release if isinstance(release, dict) else {}
    for part, names in ((config, _STORES), (release, ("stores",))):
        for store in _names(part, names):
            yield ("store", store), here
    for model in _names(config, ("model_run", "ensemble")):
        yield ("run", model), here
    for part in (config, release):
        for parent in _names(part, ("parent",)):
            yield ("release", parent), here
    for made in _names(release, ("release_id",)):
        yield here, ("release", made)


def _names(config: Mapping[str, Any], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        value = config.get(key)
        for name in value if isinstance(value, list | tuple) else [value]:
            if isinstance(name, str):
                yield name
