"""A diagram of stores, models and releases, each a link."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from morph.release.manifest import MANIFEST
from morph.runs.lifecycle import RunState
from morph.runs.lineage import Node, connected, links
from pages.common.address import controls

_ALL = "All runs"
_GREY = "#808080"  # legible on light and dark backgrounds
_LOOKS = {"store": "cylinder", "run": "box", "release": "folder"}


def draw(root: Path, runs: Sequence[RunState]) -> None:
    """The diagram of all runs, or of what is connected with one."""
    found = links(runs)
    if not found:
        none = "No runs yet." if not runs else "No run names a store, model or release."
        st.info(none, icon=":material/account_tree:")
        return
    names = [_ALL, *(run.run_id for run in runs if run.config)]
    chosen = controls.from_list("Connected with", names, key="runs_lineage")
    if chosen != _ALL:
        found = connected(found, ("run", chosen))
    absent = _absent(root, runs, found)
    st.graphviz_chart(_dot(found, absent), width="content")
    dashed = " Dashed releases are planned, or missing." if absent else ""
    st.caption(
        "Cylinders are cutout stores, boxes runs, folders releases. Click a run or a "
        f"release to open it.{dashed}"
    )


def _absent(
    root: Path, runs: Sequence[RunState], found: Sequence[tuple[Node, Node]]
) -> dict[Node, str]:
    """Releases that are not there, "planned" by a run or "missing"."""
    published = (root / "releases").glob(f"[!.]*/{MANIFEST}")
    there = {("release", path.parent.name) for path in published}
    for run in runs:
        if (run.folder / "release" / MANIFEST).is_file():
            there |= {made for _, made in links([run]) if made[0] == "release"}
    made = {node for _, node in found}
    return {
        node: "planned" if node in made else "missing"
        for link in found
        for node in link
        if node[0] == "release" and node not in there
    }


def _dot(found: Sequence[tuple[Node, Node]], absent: Mapping[Node, str]) -> str:
    """The diagram in the language of Graphviz."""
    nodes = list(dict.fromkeys(node for link in found for node in link))
    lines = [
        f"{_quoted(_id(node))} [{_looks(node, absent.get(node, ''))}];"
        for node in nodes
    ]
    lines += [f"{_quoted(_id(a))} -> {_quoted(_id(b))};" for a, b in found]
    style = (
        f'rankdir=LR; bgcolor="transparent"; '
        f'node [fontname="sans-serif", fontsize=12, color="{_GREY}", '
        f'fontcolor="{_GREY}"]; edge [color="{_GREY}"];'
    )
    return f"digraph {{ {style} {' '.join(lines)} }}"


def _looks(node: Node, absent: str) -> str:
    kind, name = node
    if absent:
        words = _quoted(f"{name} ({absent})")
        return f"label={words}, shape={_LOOKS[kind]}, style=dashed"
    looks = f"label={_quoted(name)}, shape={_LOOKS[kind]}"
    address = {"run": f"runs?{urlencode({'run': name})}"}
    address["release"] = f"explore?{urlencode({'release': name})}"
    if kind in address:
        looks += f', URL={_quoted(address[kind])}, target="_self"'
    return looks


def _id(node: Node) -> str:
    return ":".join(node)


def _quoted(text: str) -> str:
    """A string of the language; quotes and backslashes in it are escaped."""
    return json.dumps(text, ensure_ascii=False)
