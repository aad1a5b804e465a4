"""Components of ours: what they are made of, and what is done with what they send."""

import re
import runpy
from collections import OrderedDict
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.common.components import declared as module
from pages.common.components.declared import declared, heard
from pages.common.server.routes import drawn_data

COMPONENTS = Path(module.__file__).parent
FOLDERS = sorted(path.parent.name for path in COMPONENTS.glob("*/__init__.py"))


@pytest.fixture
def mounted(monkeypatch) -> dict:
    """What streamlit is given of the next component declared.

    All are imported first: what a component imports must not be declared here, to
    nothing, for the rest of the tests.
    """
    for folder in FOLDERS:
        import_module(f"pages.common.components.{folder}")
    given: dict = {}
    monkeypatch.setattr(
        st.components.v2,
        "component",
        lambda name, **parts: given.update(parts, name=name),
    )
    return given


def test_a_component_is_its_folder_after_what_it_uses(tmp_path, mounted):
    folder = tmp_path / "star_map"
    folder.mkdir()
    (folder / "star_map.js").write_text("export default () => {};")
    (folder / "dome.js").write_text("const DOME = 90;")
    (folder / "star_map.css").write_text(".dome { color: red; }")

    declared(str(folder / "__init__.py"), "<p></p>", uses=("drawing", "track"))

    assert (mounted["name"], mounted["html"]) == ("morph_star_map", "<p></p>")
    order = [
        mounted["js"].index(s) for s in ("function track", "DOME", "export default")
    ]
    assert order == sorted(order)
    assert mounted["css"].index(".interval") < mounted["css"].index(".dome")
    assert "function link" not in mounted["js"]


def test_a_script_that_is_fetched_has_an_address_of_its_own(tmp_path, mounted):
    folder = tmp_path / "star_map"
    folder.mkdir()
    (folder / "star_map.js").write_text("export default () => {};")
    (folder / "star_map.css").write_text(".dome { color: red; }")
    declared(str(folder / "__init__.py"), fetched=True)

    client = TestClient(Starlette(routes=[Route(module.ROUTE, module.respond)]))
    address = re.search(r"/script/star_map-\w+\.js", mounted["js"])[0]
    answer = client.get(address)
    assert "export default () => {};" in answer.text
    assert 'const STYLE = "' in answer.text and ".dome" in answer.text
    assert "javascript" in answer.headers["content-type"]
    assert "immutable" in answer.headers["cache-control"]
    assert mounted["css"] == ""
    assert client.get("/script/star_map.js").status_code == 404


def test_large_data_are_at_an_address_for_a_component_that_is_fetched(
    tmp_path, monkeypatch
):
    drawn: list = []
    monkeypatch.setattr(
        st.components.v2,
        "component",
        lambda name, **parts: lambda **given: drawn.append(given["data"]),
    )
    draw = declared(str(tmp_path / "__init__.py"), fetched=True)
    large = {"stars": ["Vega"] * 3000}
    draw("map", **large)
    draw("map", stars=["Vega"])
    client = TestClient(Starlette(routes=[Route(drawn_data.ROUTE, drawn_data.respond)]))
    answer = client.get(drawn[0]["at"])
    assert answer.json() == large
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.headers["content-length"]) < 4  # it is packed
    assert drawn[1] == {"stars": ["Vega"]}
    assert client.get("/drawn/nothing.json").status_code == 404


def test_the_latest_data_are_kept_within_a_limit_of_bytes(monkeypatch):
    monkeypatch.setattr(drawn_data, "_kept", OrderedDict())
    monkeypatch.setattr(drawn_data, "_MOST_BYTES", 3_000)
    names = [
        drawn_data.keep_image(bytes([number]) * 900).rpartition("/")[2]
        for number in (1, 2, 3, 1, 4)
    ]
    assert [drawn_data.kept(name) is not None for name in names] == [1, 0, 1, 1, 1]


def test_numbers_at_an_address_are_those_given_in_fewer_bytes():
    client = TestClient(Starlette(routes=[Route(drawn_data.ROUTE, drawn_data.respond)]))
    counts = np.random.default_rng(1).poisson(3, (1, 10_000)).astype(np.uint8)
    answer = client.get(drawn_data.keep_numbers(counts))
    assert answer.content == counts.tobytes()
    # A Poisson number of mean 3 has 2.8 bits of information.
    assert 3_400 < int(answer.headers["content-length"]) < 3_700
    # Each row has frequencies of its own: the second takes no room.
    both = np.concatenate([counts, np.zeros_like(counts)])
    more = client.get(drawn_data.keep_numbers(both))
    assert more.content == both.tobytes()
    assert int(more.headers["content-length"]) < 3_800
    alike = client.get(drawn_data.keep_numbers(np.zeros((1, 10_000), np.uint8)))
    assert int(alike.headers["content-length"]) < 100


def names_at_the_top(folder: Path) -> list[str]:
    scripts = "\n".join(p.read_text(encoding="utf-8") for p in folder.glob("*.js"))
    return top_names(scripts)


def top_names(scripts: str) -> list[str]:
    declares = r"^(?:export )?(?:async )?(?:function|const|let) (\w+)"
    return re.findall(declares, scripts, re.M)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_name_stands_once_in_the_scripts_of_a_component(folder):
    names = [n for f in (folder, "shared") for n in names_at_the_top(COMPONENTS / f)]
    assert not [name for name in names if names.count(name) > 1]


def test_a_name_stands_once_in_a_script_that_is_fetched():
    for name, script in module.SCRIPTS.items():
        names = top_names(script)
        assert len(names) == len(set(names)), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_component_has_the_shared_scripts_it_calls_and_no_others(folder, mounted):
    runpy.run_path(str(COMPONENTS / folder / "__init__.py"), run_name=folder)
    fetched = [t for n, t in module.SCRIPTS.items() if n.startswith(f"{folder}-")]
    scripts = fetched[-1] if fetched else mounted["js"]
    for script in (COMPONENTS / "shared").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        names = re.findall(r"^(?:function|const) (\w+)", text, re.M)
        rest = scripts.replace(text, "")
        called = any(re.search(rf"\b{name}\(", rest) for name in names)
        assert (text in scripts) == called, script.name


def test_a_component_gets_its_data_and_a_callback_for_each_event(tmp_path, monkeypatch):
    @dataclass
    class Star:
        name: str
        near: tuple[int, ...]

    drawn: dict = {}
    state = {"map": {"open": "Vega"}}
    monkeypatch.setattr(
        st.components.v2, "component", lambda name, **parts: drawn.update
    )
    monkeypatch.setattr(module.st, "session_state", state)
    opened: list = []

    draw = declared(str(tmp_path / "__init__.py"))
    draw(
        "map",
        label="Sky",
        stars=[Star("Vega", (np.int64(1), 2))],
        on_open=opened.append,
    )

    data = {"label": "Sky", "stars": [{"name": "Vega", "near": [1, 2]}]}
    assert (drawn["key"], drawn["data"]) == ("map", data)
    drawn["on_open_change"]()
    assert opened == ["Vega"]


@pytest.mark.parametrize(("sent", "taken"), [(None, []), (0, [0]), ("J1", ["J1"])])
def test_only_what_was_sent_is_heard(sent, taken, monkeypatch):
    state = {"grid": {"open": sent}}
    monkeypatch.setattr(module, "st", SimpleNamespace(session_state=state))
    found: list = []
    heard("grid", "open", found.append)()
    assert found == taken


def test_an_event_that_nobody_listens_to_does_nothing(monkeypatch):
    monkeypatch.setattr(module, "st", SimpleNamespace(session_state={"k": {"open": 1}}))
    heard("k", "open", None)()
