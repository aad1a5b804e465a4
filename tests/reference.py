"""Write docs/reference.md from the code: ``python -m tests.reference``."""

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np

from morph.catalogue.column_sql import meaning
from morph.catalogue.derived_columns import from_concentrations, from_samples
from morph.images import store
from morph.images.new_stores.cutouts_run import CutoutsConfig
from morph.images.new_stores.pictures_run import PicturesConfig
from morph.images.store_manifest import StoreManifest
from morph.images.survey.survey_file import shipped
from morph.published.download_run import DownloadConfig
from morph.release import maps
from morph.release.details import Details
from morph.release.folder import write_release
from morph.release.manifest import FileRecord, Manifest
from morph.release.photometry_and_redshifts import MEASURED, PHYSICAL
from morph.runs.config import KINDS
from morph.runs.config_adaptation import PRESETS
from morph.runs.data_runs.kinds import CUTOUTS, DOWNLOAD, PICTURES
from morph.runs.settings import field_comments
from morph.runs.slurm.job_settings import SlurmSettings
from morph.selection.certainty.certainty import MOST_CONDITIONS
from morph.trees.decision_tree import GZD5, TREES
from morph.typed_json import without_none
from pages.common.address.page_parameters import PAGE_PARAMETERS, selection_parameters

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"
HEAD = """# Reference

Generated from the code by `python -m tests.reference`; do not edit it.

[Settings of a run](#settings-of-a-run) ·
[Settings of a Slurm job](#settings-of-a-slurm-job) ·
[Files of a release](#files-of-a-release) ·
[Columns of a release](#columns-of-a-release) · [Cutout stores](#cutout-stores) ·
[Surveys](#surveys) · [Decision trees](#decision-trees) ·
[URL parameters](#url-parameters)
"""
RUNS = """A run is described by the `config.json` in its folder. The key `kind`
selects one of the tables below. A setting left out takes its default; an unknown
setting, or a value that is not allowed, is an error before the run starts. Settings
without a default are required. [runs.md](runs.md) has examples.
"""
JOB = """A run whose folder has `slurm.json` is a Slurm job; its `settings` are what
the job requests. [clusters.md](clusters.md#slurm) describes how such runs behave.
"""
FILES = """A release is a folder. `manifest.json` is written last, so a folder that
has one is complete. `iauname` is the key of every table. The first two tables are
required.
"""
RECORD = """`files` maps the name of each file to:
"""
COLUMNS = """When a release is loaded, these columns are computed for every answer and
every question; the table shows those of the question `bar` and its answer `bar_strong`.
Exported files use the same names. Columns marked "passes" need `samples.parquet`. A
release of vote fractions has only `probability`, `answer` and `asked`.
"""
STORES = """Stores are in `cutouts/NAME`. The fields of `manifest.json` are:
"""
SURVEYS_TEXT = """Titles and credits of these surveys are known; a store or a release
may name any other. PSF widths are medians, per band.
"""
URLS = """A range is given by repeating the parameter, lower limit first:
`bar_strong=0.6&bar_strong=1`. A parameter that equals its default is left out. Choices
are given as codes; the dashboard rewrites them as the labels of the control, which are
accepted too. `<label>` is one of the labels of the
[decision tree](#decision-trees), `<column>` one of"""
CERTAIN = f"""At most {MOST_CONDITIONS} conditions of certainty apply together, such as
`certain=tail+bar_strong+0.5+0.9&certain=sigma+bar_strong+0.1` and
`certain=surest+variance+bar_strong+15`. Their order in an address has no meaning:
`tail` applies first, then `sigma`, then `surest` and `least`, each in the order of the
answers, and a percentage is taken of the galaxies that all steps before it leave (the
tree, votes, limits on answers, other conditions of certainty). Links made earlier have
one condition as `sure`, `sure_answer`, `sure_t`, `sure_c`, `sure_share` and `sure_end`,
and are understood."""
JSON_TYPES = {
    float: "number",
    int: "whole number",
    str: "string",
    bool: "true or false",
}
FETCHING = {
    DOWNLOAD: DownloadConfig,
    CUTOUTS: CutoutsConfig,
    PICTURES: PicturesConfig,
}
Rows = Iterable[Sequence[str]]


def main() -> None:
    """Write the page."""
    PAGE.write_text(text(), encoding="utf-8")


def text() -> str:
    """The whole page."""
    parts = [HEAD, *_runs(), *_release(), *_columns(), *_stores()]
    parts += [*_surveys(), *_tree(), *_urls()]
    return "\n".join(parts)


def _runs() -> Iterator[str]:
    yield f"## Settings of a run\n\n{RUNS}"
    shared: dict[str, type] = {}
    for name, kind in (KINDS | FETCHING).items():
        yield f'### `"kind": "{name}"`\n\n{_settings(kind)}'
        shared |= _nested(kind)
    for name in sorted(shared, key=str.lower):
        yield f"### {name}\n\n{_settings(shared[name])}"
    methods = ((f"`{n}`", f"`{'+'.join(s)}`" if s else "") for n, s in PRESETS.items())
    yield f"### Presets of `method`\n\n{_table(('Preset', 'Steps'), methods)}"
    yield f"## Settings of a Slurm job\n\n{JOB}\n{_settings(SlurmSettings)}"


def _nested(kind: type) -> dict[str, type]:
    """The dataclasses among a dataclass's fields, at any depth, by their titles."""
    found: dict[str, type] = {}
    for hint in get_type_hints(kind).values():
        inner = without_none(hint)
        if is_dataclass(inner):
            found |= {_title(inner): inner} | _nested(inner)
    return found


def _settings(kind: type) -> str:
    """The docstring of a dataclass and a table of its fields."""
    hints, comments = get_type_hints(kind), field_comments(kind)
    rows = (
        (
            f"`{field.name}`",
            _type(hints[field.name], field),
            _default(field),
            _allowed(hints[field.name], field),
            comments.get(field.name) or _first_sentence(hints[field.name]),
        )
        for field in fields(kind)
        if field.name != "kind"
    )
    head = ("Name", "Type", "Default", "Allowed", "Meaning")
    return f"{_docstring(kind)}\n\n{_table(head, rows)}"


def _first_sentence(hint: Any) -> str:
    """Of the docstring of a field that is a dataclass itself, else ""."""
    inner = without_none(hint)
    return _docstring(inner).split("\n")[0] if is_dataclass(inner) else ""


def _type(hint: Any, field: Field) -> str:
    inner = without_none(hint)
    null = " or null" if inner is not hint else ""
    if is_dataclass(inner):
        return f"[{_title(inner)}](#{_title(inner).lower()}){null}"
    if get_origin(inner) is Literal:
        return f"string{null}"
    is_list = get_origin(inner) is tuple
    word = JSON_TYPES.get(get_args(inner)[0] if is_list else inner, "object")
    if "names" in field.metadata:
        word = f"name of a {field.metadata['names']}"
    return f"list: {word}{null}" if is_list else f"{word}{null}"


def _default(field: Field) -> str:
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = field.default_factory() if field.default is MISSING else field.default
    if is_dataclass(value):
        given = [f for f in fields(value) if f.default is not MISSING]
        other = _changed(value, vars(value) | {f.name: f.default for f in given})
        return f"`{json.dumps(other)}`" if other else f"see {_title(type(value))}"
    return f"`{json.dumps(value)}`"


def _changed(value: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass that differ from ``defaults``."""
    return {
        name: _changed(own, vars(defaults[name])) if is_dataclass(own) else own
        for name, own in vars(value).items()
        if own != defaults[name]
    }


def _allowed(hint: Any, field: Field) -> str:
    inner = without_none(hint)
    if get_origin(inner) is Literal:
        return ", ".join(f"`{json.dumps(choice)}`" for choice in get_args(inner))
    if "spelling" in field.metadata:
        return field.metadata["spelling"][1]
    if "range" in field.metadata:
        low, high = field.metadata["range"]
        return " to ".join(
            f"{n:,}" if type(n) is int else f"{n:g}" for n in (low, high)
        )
    return ""


def _title(kind: type) -> str:
    return kind.__name__.removesuffix("Config")


def _release() -> Iterator[str]:
    tables = _parameters(write_release, "DataFrame").items()
    rows = [(f"`{name}.parquet`", words) for name, words in tables]
    yield f"## Files of a release\n\n{FILES}"
    yield _table(("File", "Contents"), rows)
    yield f"### Maps\n\n{_docstring(maps)}\n"
    yield f"### manifest.json\n\n{_settings(Manifest)}"
    yield f"{RECORD}\n{_settings(FileRecord)}"
    yield f"### Details\n\n{_settings(Details)}"
    physical = ((f"`{n}`", one.unit, one.meaning) for n, one in PHYSICAL.items())
    yield "### Physical columns (`PHYSICAL`)\n"
    yield _table(("Column", "Unit", "Meaning"), physical)


def _parameters(function: Any, kind: str) -> dict[str, str]:
    """Name -> text of the parameters of a type in a numpydoc docstring."""
    section = _docstring(function).split("Parameters\n")[1].split("\n\nRaises")[0]
    found: dict[str, str] = {}
    name, wanted = "", False
    for line in section.splitlines()[1:]:
        if not line.startswith(" "):
            name, _, of = line.partition(" : ")
            wanted = of.startswith(kind)
        elif wanted:
            found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return found


def _columns() -> Iterator[str]:
    yield f"## Columns of a release\n\n{COLUMNS}"
    alpha = np.ones((1, len(GZD5.labels)))
    plain, passes = from_concentrations(alpha, GZD5), from_samples(alpha[None], GZD5)
    others = ("bar_weak", "bar_no", "bar_strong_tail")
    names = [n for n in sorted({*plain, *passes}) if n.startswith("bar_")]
    names = [n for n in names if not n.startswith(others)] + ["bar_strong_above_0.5"]
    of = SimpleNamespace(tree=GZD5, has_samples=False, has_uncertainty=True, maps=())
    needs = {name: "" if name in plain else "passes" for name in passes}
    rows = ((f"`{n}`", meaning(of, n)[1], needs.get(n, "")) for n in names)
    yield _table(("Column", "Meaning", "Needs"), rows)


def _stores() -> Iterator[str]:
    yield f"## Cutout stores\n\n{_docstring(store)}\n\n{STORES}"
    yield _settings(StoreManifest)


def _surveys() -> Iterator[str]:
    yield f"## Surveys\n\n{SURVEYS_TEXT}"
    rows = (
        (
            f"`{one.name}`",
            one.title,
            " ".join(one.places),
            f"{one.pixscale_arcsec}″",
            ", ".join(map(str, one.fwhm_arcsec or ())),
            one.footprint.words if one.footprint else "",
            one.credit,
        )
        for one in shipped()
    )
    head = (
        "Name",
        "Title",
        "Bands",
        "Pixel",
        "PSF FWHM, arcsec",
        "Footprint",
        "Credit",
    )
    yield _table(head, rows)


def _tree() -> Iterator[str]:
    yield "## Decision trees\n"
    for tree in TREES.values():
        yield f"### {tree.title}: `{tree.name}`\n"
        rows = (
            (question.title, tree.asked_if(question), f"`{label}`", tree.words(label))
            for question in tree.questions
            for label in question.labels
        )
        yield _table(("Question", "Asked", "Label", "Answer"), rows)


def _urls() -> Iterator[str]:
    columns = ", ".join(f"`{column}`" for column in MEASURED)
    yield f"## URL parameters\n\n{URLS} {columns}.\n"
    selection = dict(selection_parameters(GZD5))
    own = [n for n in selection if n not in GZD5.labels and not _of_column(n)]
    rows = [
        (
            "`<label>`",
            "all",
            "Lower and upper limit of the expected vote fraction of an answer",
        ),
        ("`<column>`", "all", "Lower and upper limit of a column, in its unit"),
        ("`<column>_missing`", "all", "`keep` or `drop` galaxies without a value"),
        *((f"`{name}`", "all", selection[name].means) for name in own),
    ]
    yield "### The selection\n"
    yield _table(("Parameter", "Page", "Meaning"), rows)
    yield f"{CERTAIN}\n"
    yield "### The pages\n"
    yield _table(("Parameter", "Example page", "Meaning"), _page_rows())


def _page_rows() -> Iterator[tuple[str, str, str]]:
    for name, parameter in PAGE_PARAMETERS.items():
        if not name.startswith("at_"):
            yield f"`{name}`", parameter.page.capitalize(), parameter.means
    yield (
        "`at_<label>`",
        "Simplex",
        "Corner of the triangle for an answer",
    )


def _of_column(name: str) -> bool:
    return name.removesuffix("_missing") in MEASURED


def _docstring(of: Any) -> str:
    return (inspect.getdoc(of) or "").replace("``", "`")


def _table(head: Sequence[str], rows: Rows) -> str:
    cells = [head, ["---"] * len(head), *rows]
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in cells)
    return "\n".join(f"| {line} |" for line in lines) + "\n"


if __name__ == "__main__":
    main()
