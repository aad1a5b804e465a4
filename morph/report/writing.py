"""A run's page of plots and its model card, written into its folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morph.atomic import replacing
from morph.posterior.tree import DecisionTree
from morph.report.card import CARD, model_card
from morph.report.page import REPORT, report_page
from morph.report.panels import panels
from morph.report.record import read_record


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
