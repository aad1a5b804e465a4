"""Declare a component: what the browser draws, and what is done with its events."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pages.common.server.routes import drawn_data, serving

_SHARED = Path(__file__).parent / "shared"


# Scripts that a browser fetches, by the names in their addresses.
SCRIPTS: dict[str, str] = {}
ROUTE = "/script/{name}.js"
# Every mount sends this, so it is short.
_FETCH = """export default async (given) =>
  (await import(new URL("%s", location.origin))).fetchAndDraw(given);"""
_TO_DRAW = """
const drawingTurns = new WeakMap();

// Say before a node, or no longer, that what is drawn is not what was last asked for.
function notLoaded(node, isSo, tryAgain) {
  const said = node.parentNode.querySelector(":scope > .unloaded");
  if (!isSo) return said?.remove();
  if (said) return (said.querySelector("button").onclick = tryAgain);
  const words = "A part of this did not load, so it is not up to date. ";
  const note = Object.assign(document.createElement("p"), { className: "unloaded" });
  const again = Object.assign(document.createElement("button"), { type: "button" });
  note.role = "alert";
  Object.assign(again, { textContent: "Try again", onclick: tryAgain });
  note.append(words, again);
  node.before(note);
}

export async function fetchAndDraw(given) {
  const drawn = given.parentElement.lastElementChild;
  const tell = (isSo) => drawn && notLoaded(drawn, isSo, () => fetchAndDraw(given));
  let data;
  try {
    data = await dataToDraw(given);
  } catch {
    return tell(true);
  }
  if (data === undefined) return;
  tell(false);
  const script = await import(import.meta.url); // this one
  script.default({ ...given, data });
}

// Sets the style; the data, or undefined where other data are to be drawn meanwhile.
async function dataToDraw({ parentElement: parent, data }) {
  if (!parent.querySelector("style.fetched")) {
    const looks = { className: "fetched", textContent: STYLE };
    parent.prepend(Object.assign(document.createElement("style"), looks));
  }
  const turn = (drawingTurns.get(parent) ?? 0) + 1;
  drawingTurns.set(parent, turn);
  if (!data.at) return data;
  const answer = await fetch(new URL(data.at, location.origin));
  if (!answer.ok) throw new Error(await answer.text());
  const fetched = await answer.json();
  return drawingTurns.get(parent) === turn ? fetched : undefined;
}
"""
_LARGE = 12_000  # characters of data


def declared(
    module: str,
    html: str = "",
    *,
    uses: Sequence[str] = ("drawing",),
    fetched: bool = False,
) -> Callable[..., None]:
    """A function that draws the component in the folder of the file ``module``.

    It takes the key, data for the script, in which dataclasses become objects, and
    ``on_EVENT`` for each event. Scripts and styles: those shared that it ``uses``,
    as every mount sends them all to the browser, then the folder's. Where they are
    ``fetched``, a browser asks for them once, and for large data at its address; a
    script then returns nothing.
    """
    folder = Path(module).parent
    files = [file for name in uses for file in _SHARED.glob(f"{name}.*")]
    files += sorted(folder.iterdir())
    scripts, styles = (
        "\n".join(
            file.read_text(encoding="utf-8") for file in files if file.suffix == suffix
        )
        for suffix in (".js", ".css")
    )
    if fetched:
        scripts, styles = _apart(folder.name, scripts, styles), ""
    component = st.components.v2.component(
        f"morph_{folder.name}",
        html=html or f'<div class="{folder.name}" role="group"></div>',
        css=styles,
        js=scripts,
    )

    def draw(key: str, width: str = "stretch", /, **given: Any) -> None:
        data = {name: one for name, one in given.items() if not name.startswith("on_")}
        events = {
            f"{name}_change": heard(key, name.removeprefix("on_"), take)
            for name, take in given.items()
            if name not in data
        }
        data = _plain(data)
        if fetched and len(text := json.dumps(data)) > _LARGE:
            data = {"at": drawn_data.keep(text)}
        component(key=key, width=width, data=data, **events)

    return draw


def respond(request: Request) -> Response:
    """Answer with a script that is fetched; its name changes with it."""
    script = SCRIPTS.get(request.path_params["name"])
    if script is None:
        return PlainTextResponse("There is no such script.\n", 404)
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(script, media_type="text/javascript", headers=headers)


def _apart(component: str, scripts: str, styles: str) -> str:
    """Keep the scripts and styles under a name; returns a script that fetches them."""
    text = f"const STYLE = {json.dumps(styles)};\n{scripts}{_TO_DRAW}"
    name = f"{component}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    SCRIPTS[name] = text
    return _FETCH % (serving.base_path() + ROUTE.replace("{name}", name))


def _plain(value: Any) -> Any:
    """Numbers of numpy as those of Python, dataclasses as their fields, at any depth.

    Streamlit would send the text of anything that JSON has not.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    fields = value if isinstance(value, Mapping) else vars(value)
    return {name: _plain(one) for name, one in fields.items()}


def heard(
    key: str, event: str, take: Callable[[Any], None] | None
) -> Callable[[], None]:
    """A callback that gives ``take``, if any, what component ``key`` sent."""

    def hear() -> None:
        value = st.session_state[key].get(event)
        if value is not None and take is not None:
            take(value)

    return hear
