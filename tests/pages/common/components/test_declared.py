"""Components of ours: what they are made of, and what is done with what they send."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from pages.common.components import declared as module
from pages.common.components.declared import declared, heard

COMPONENTS = Path(module.__file__).parent


@pytest.fixture
def mounted(monkeypatch) -> dict:
    """What streamlit is given of the next component declared."""
    given: dict = {}
    monkeypatch.setattr(
        st.components.v2,
        "component",
        lambda name, **parts: given.update(parts, name=name),
    )
    return given


def test_a_component_is_its_folder_after_what_it_shares(tmp_path, mounted):
    folder = tmp_path / "star_map"
    folder.mkdir()
    (folder / "star_map.js").write_text("export default () => {};")
    (folder / "dome.js").write_text("const DOME = 90;")
    (folder / "star_map.css").write_text(".dome { color: red; }")

    declared(str(folder / "__init__.py"), "<p></p>", shares=("track",))

    assert (mounted["name"], mounted["html"]) == ("morph_star_map", "<p></p>")
    order = [mounted["js"].index(s) for s in ("function track", "DOME", "export")]
    assert order == sorted(order)
    assert mounted["css"].index(".interval") < mounted["css"].index(".dome")


def test_a_component_may_have_no_styles(tmp_path, mounted):
    (tmp_path / "keeper.js").write_text("export default () => {};")
    declared(str(tmp_path / "__init__.py"), "<p></p>")
    assert mounted["css"] is None


@pytest.mark.parametrize(
    "folder", sorted(p.parent.name for p in COMPONENTS.glob("*/__init__.py"))
)
def test_what_a_script_calls_of_the_shared_ones_it_shares(folder):
    package = COMPONENTS / folder
    scripts = "\n".join(p.read_text(encoding="utf-8") for p in package.glob("*.js"))
    scripts = re.sub(r"//.*", "", scripts)
    declaration = (package / "__init__.py").read_text(encoding="utf-8")
    shares = "".join(re.findall(r"shares=\(([^)]*)\)", declaration))
    for shared in (COMPONENTS / "shared").glob("*.js"):
        names = re.findall(r"^(?:function|const) (\w+)", shared.read_text(), re.M)
        used = [name for name in names if re.search(rf"\b{name}\b", scripts)]
        own = [
            n for n in names if re.search(rf"^(?:function|const) {n}\b", scripts, re.M)
        ]
        assert not own, f"{folder} has its own {own}; take those of {shared.name}"
        assert bool(used) == (f'"{shared.stem}"' in shares)


@pytest.mark.parametrize(("sent", "taken"), [(None, []), (0, [0]), ("J1", ["J1"])])
def test_only_what_was_sent_is_heard(sent, taken, monkeypatch):
    state = {"grid": {"open": sent}}
    monkeypatch.setattr(module, "st", SimpleNamespace(session_state=state))
    found: list = []
    heard("grid", "open", found.append)()
    assert found == taken
