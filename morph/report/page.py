"""The report of a run: one self-contained HTML file, and the model card.

Its Content-Security-Policy forbids all requests. It follows the reader's light or dark
mode; without scripts, the tables remain.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from plotly.offline import get_plotlyjs

from morph.atomic import replacing
from morph.report import finetuned
from morph.report.card import CARD, model_card
from morph.report.panel import Panel
from morph.report.panels import panels
from morph.report.record import RunRecord, read_record
from morph.trees.decision_tree import DecisionTree

REPORT = "report.html"
_HERE = Path(__file__).parent
_HEIGHT = 450  # pixels, of a figure without a height
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:"
)


def report_page(record: RunRecord, panels: Sequence[Panel]) -> str:
    """The page of a run with these plots; plotly.js takes some megabytes of it."""
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    title = escape(f"{record.run_id}: report")
    figures = [_figure(panel) for panel in panels]
    plots = "\n".join(
        _section(panel, figure["layout"].get("height", _HEIGHT))
        for panel, figure in zip(panels, figures, strict=True)
    )
    nothing = "" if panels else "<p>This run has no training and no evaluation.</p>"
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(record.run_id)}</h1>\n{_opening(record)}\n{plots}{nothing}\n"
        f'</main>\n<script type="application/json" id="figures">{_json(figures)}'
        f"</script>\n<script>{get_plotlyjs()}</script>\n<script>{script}</script>\n"
        "</body>\n</html>\n"
    )


def write_report(folder: Path, settings: Mapping[str, Any], tree: DecisionTree) -> None:
    """Write ``report.html`` and ``model_card.md``; ``settings`` as `model_card` has it.

    Raises
    ------
    MorphError
        If the run's config or its evaluation cannot be read.
    """
    record = read_record(folder, tree)
    made = {
        REPORT: report_page(record, panels(record, tree)),
        CARD: model_card(record, settings, tree),
    }
    for name, text in made.items():
        with replacing(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _opening(record: RunRecord) -> str:
    """What the run is, and which galaxies it was evaluated on."""
    what = str(record.model.get("description", "")) or f"a run of kind {record.kind}"
    sentences = [what[:1].upper() + what[1:] + "."]
    judged = record.evaluation
    if record.judged is not None:
        sentences += [record.judged.words, finetuned.sentence(record.judged)]
    elif judged is None:
        sentences.append("Not evaluated on galaxies with known answers.")
    else:
        known = "true fractions" if judged.labels == "truth" else "votes"
        half = "" if judged.half == "all" else f", {judged.half} half"
        sentences.append(
            f"Evaluated on {judged.galaxies:,} galaxies of {judged.store}{half} with "
            f"known {known}."
        )
    if record.verdict:
        sentences.append(f"Judged without votes: {record.verdict}")
    sentences += [f"{stage}: {says}" for stage, says in record.images.items()]
    if record.warning:
        sentences.append(record.warning)
    card = f'<p>Data, settings and limits: <a href="{CARD}">model card</a>.</p>'
    return "\n".join([*(f"<p>{escape(one)}</p>" for one in sentences), card])


def _section(panel: Panel, height: float) -> str:
    return (
        f'<section id="{escape(panel.key)}">\n<h2>{escape(panel.heading)}</h2>\n'
        f'<div class="plot" id="plot_{escape(panel.key)}" role="img" '
        f'aria-label="{escape(panel.heading)}" '
        f'style="min-height:{height:.0f}px"></div>\n'
        f"<p>{escape(panel.words)}</p>\n<details><summary>Table</summary>"
        f"\n{_table(panel.table)}\n</details>\n</section>"
    )


def _table(table: pd.DataFrame) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = [
        "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in table.itertuples(index=False)
    ]
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _figure(panel: Panel) -> dict:
    """Data and layout as JSON, without plotly's default template."""
    figure = json.loads(panel.draw().to_json())
    layout = {
        name: part for name, part in figure["layout"].items() if name != "template"
    }
    return {"key": panel.key, "data": figure["data"], "layout": layout}


def _json(value: object) -> str:
    """JSON that cannot end the surrounding script element."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")
