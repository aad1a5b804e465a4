"""Texts with markup, in every place that a name can come from, on every page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from morph.atomic import write_json
from morph.catalogue import release_table, sync
from morph.home import run_folder
from morph.release.manifest import MANIFEST
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database
from tests.pages.conftest import SHELL
from tests.pages.opening import opened
from tests.security.attempts import Row

PAYLOADS = (
    "![zq1](//evil.example/1.png)",
    "[zq2](//evil.example/2)",
    "<img src=//evil.example/3 onerror=alert(3)>",
    "<script>alert('zq4')</script>",
    "<a href=javascript:alert(5)>zq5</a>",
    "<//evil.example/6>",
    "[zq7](javascript:alert(7))",
    "![zq8][r]",
    "<svg/onload=alert('zq9')>",
    ":red[zq10]",
    ":material/zq11:",
    "**zq12**",
    "_zq13_",
    "`zq14`",
    "$\\href{//evil.example}{zq15}$",
    "~~zq16~~",
    "zq17\u202egpj.evil",
    "&lt;zq18",
    "zq19\n\n# Heading",
    "<iframe src=//evil.example/20>",
)
_ALL = " · ".join(PAYLOADS)
_PAGES = (
    *("overview", "explore", "galaxy", "methods", "compare", "simplex", "map"),
    *("similar", "populations", "download", "subsets", "runs", "contrast", "designer"),
)
# Fields that Streamlit draws as Markdown; options are text except those of a radio.
_DRAWN = ("body", "label", "help", "caption", "captions", "title", "content")
_AS_TEXT = ("code", "bidi_component", "arrow_data_frame", "plotly_chart", "html")


def row(root: Path) -> Row:
    """Payloads that a page draws as markup."""
    found = Row("markup in names: drawn as links, images, HTML")
    ids = _prepare(root)
    visits = [(name, {"release": "small-demo"}) for name in _PAGES]
    visits += [("subsets", {"subset": one}) for one in ids]
    drawn: set[str] = set()
    shown = 0
    for name, query in visits:
        page = AppTest.from_file(SHELL, default_timeout=60)
        opened(page, f"{name}/{name}.py", query)
        if page.exception:
            found.got_through.append(f"{name} ended in an error")
        for text in _texts(page):
            shown += "zq" in text or "evil" in text
            drawn |= {f"{name}: {p!r} in {text[:80]!r}" for p in _active(text)}
    found.tried = shown
    found.got_through += sorted(drawn)
    found.note = f"{len(PAYLOADS)} payloads on {len(_PAGES)} pages"
    return found


def _active(text: str) -> list[str]:
    """The payloads that ``text`` has as they were given, unescaped."""
    return [p for p in PAYLOADS if re.search(rf"(?<!\\){re.escape(p)}", text)]


def _texts(page: AppTest) -> Iterator[str]:
    """All texts of a page that are drawn as Markdown."""
    for node in _nodes(page._tree):
        proto = getattr(node, "proto", None)
        kind = getattr(node, "type", "")
        if proto is not None and kind not in _AS_TEXT:
            yield from _strings(proto, options=kind == "radio")
    for table in page.table:
        yield from (str(cell) for row in table.value.to_numpy() for cell in row)


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)


def _strings(proto: Message, *, options: bool) -> Iterator[str]:
    for field, value in proto.ListFields():
        values = value if field.is_repeated else [value]
        for one in values:
            if isinstance(one, Message):
                yield from _strings(one, options=options)
            elif isinstance(one, str) and (
                field.name in _DRAWN or (options and field.name == "options")
            ):
                yield one


def _prepare(root: Path) -> list[str]:
    """Put the payloads wherever a text may come from; return ids of subsets."""
    folder = root / "releases" / "small-demo"
    path = folder / MANIFEST
    _with_texts(path, ("title", "note", "citation", "licence", "model", "created"))
    for store in (root / "cutouts").glob("[!.]*/manifest.json"):
        if not store.parent.is_symlink():
            _with_texts(store, ("title", "licence", "note"))
    run = run_folder(root, "hostile")
    run.mkdir(parents=True, exist_ok=True)
    write_json(run / "config.json", {"kind": _ALL, "model_run": _ALL})
    write_json(run / "status.json", {"state": "failed", "error": _ALL, "stage": _ALL})
    (run / "log.txt").write_text(_ALL)
    database.close(root)
    for file in root.glob("catalogue.duckdb*"):
        file.unlink()  # loaded anew with these texts
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
        release = release_table.release(con, "small-demo")
        limits = Selection(limits={"bar_strong": (0.5, 1)})
        made = [
            saved.save_selection(con, release, limits, name=p[:80], note=p)
            for p in PAYLOADS
            if p.isprintable()
        ]
        saved.delete(con, made[0].subset_id)
    return [one.subset_id for one in made[1:6]]


def _with_texts(path: Path, names: tuple[str, ...]) -> None:
    value = json.loads(path.read_text())
    value |= {name: _ALL for name in names if isinstance(value.get(name), str)}
    path.write_text(json.dumps(value))
