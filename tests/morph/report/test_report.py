"""The report page and model card of a run: complete, safe, with the run's numbers."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morph.figures.evaluation_figures import watched
from morph.figures.run_figures import STEP_VALUES, labelled, steps
from morph.report.card import model_card
from morph.report.markdown import block, line, table
from morph.report.page import report_page, write_report
from morph.report.panels import panels
from morph.report.record import read_record
from morph.runs.run_files import append_event
from morph.trees.decision_tree import GZD5
from tests.morph.report.judged_run import write_run

HOSTILE = "</script><script>alert(1)</script> | [x](http://a.example) `y`"


@pytest.fixture
def record(tmp_path):
    return read_record(write_run(tmp_path), GZD5)


def test_a_record_is_what_the_files_say(record):
    assert (record.run_id, record.kind) == ("judged-run", "source")
    assert record.epochs["loss"].tolist() == [9.0, 4.0]  # the second done again
    assert record.seconds == {"fit": 12.5}
    assert record.stores.keys() == {"learnt", "judged"}


def test_galaxies_that_are_simulated_are_said_to_be(record):
    real = replace(record.stores["judged"], origin="real")
    some = replace(record, stores=record.stores | {"judged": real})
    assert some.warning.startswith(
        "Simulated galaxies in learnt: numbers based on them are not"
    )
    assert replace(record, stores={"judged": real}).warning == ""


def test_a_run_that_only_applies_a_model_tells_of_that_model(tmp_path):
    write_run(tmp_path)
    folder = write_run(tmp_path, "applied", kind="predict", model_run="judged-run")
    (folder / "checkpoints" / "model.json").unlink()
    (folder / "evaluation.json").unlink()
    found = read_record(folder, GZD5)
    assert found.model["sha256"] == "ab" * 32
    assert found.evaluation is None


def test_every_table_has_its_plot(record):
    found = panels(record, GZD5)
    keys = ["losses", "errors", "accuracies", "coverages"]
    keys += [f"reliability_{question.name}" for question in GZD5.questions]
    assert [panel.key for panel in found] == keys
    losses, errors, accuracies, coverages = (panel.draw() for panel in found[:4])
    assert [list(line.y) for line in losses.data] == [[9.0, 4.0], [10.0, 5.0]]
    by_name = {trace.name: trace for trace in errors.data}
    assert set(by_name["Model"].x) == {0.08}
    assert set(by_name["Corrected for vote noise"].x) == {0.07}
    beside = [note.text for note in errors.layout.annotations]
    assert beside == ["40"] * 10  # the number of galaxies stands beside each error
    assert "0" in [note.text for note in accuracies.layout.annotations]
    assert [trace.name for trace in coverages.data] == [
        f"{mass}%{what}"
        for mass in (50, 80, 90)
        for what in (", exact model", " interval")
    ]
    exact = next(one for one in coverages.data if one.name == "90%, exact model")
    assert list(exact.x) == pytest.approx([0.93] * 10)


def test_what_was_measured_without_votes_is_plotted_epoch_by_epoch(tmp_path):
    folder = write_run(tmp_path)
    with (folder / "events.jsonl").open("a") as events:
        for epoch, pairs in ((1, 0.3), (2, 0.2), (2, 0.1)):  # the second done again
            event = {"event": "epoch", "fit": "joint", "epoch": epoch, "loss": 5.0}
            more = {"pairs": pairs, "neighbours": 0.9}
            events.write(json.dumps(event | more) + "\n")
    record = read_record(folder, GZD5)
    found = {panel.key: panel for panel in panels(record, GZD5)}
    figure = found["watched"].draw()
    lines = [line for line in figure.data if line.name == "Fit to both surveys"]
    assert [list(line.y) for line in lines] == [[0.3, 0.1], [0.9, 0.9]]
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["Disagreement on pairs", "Agreement of neighbours"]
    assert "pairs" not in found["losses"].table
    losses = found["losses"].draw()
    titles = [one.text for one in losses.layout.annotations]
    assert titles == ["Fit to votes", "Fit to both surveys"]


def test_the_share_of_each_pseudo_label_is_plotted_epoch_by_epoch(tmp_path):
    folder = write_run(tmp_path)
    assert "labelled" not in {
        one.key for one in panels(read_record(folder, GZD5), GZD5)
    }
    shares = {"bar_strong": 0.02, "bar_no": 0.05, "merging_none": 0.1}
    more = {"no_answer": 0.5, "bar_weak": "odd"}
    told = [(1, shares | more), (2, {"bar_strong": 0.5}), (2, {"bar_strong": 0.01})]
    for epoch, given in told:  # the second done again
        append_event(folder, "pseudo_labels", epoch=epoch, shares=given)
    append_event(folder, "pseudo_labels", epoch="odd", shares=[1])
    found = {panel.key: panel for panel in panels(read_record(folder, GZD5), GZD5)}
    panel = found["labelled"]
    assert panel.table.to_dict("list") == {
        "epoch": [1, 1, 1, 2],
        "question": ["Bar", "Bar", "Merging", "Bar"],
        "answer": ["Strong bar", "No bar", "Not merging", "Strong bar"],
        "share": [0.02, 0.05, 0.1, 0.01],
    }
    figure = panel.draw()
    lines = {line.name: list(line.y) for line in figure.data}
    assert lines == {"Strong bar": [0.02, 0.01], "No bar": [0.05], "Not merging": [0.1]}
    notes = [note.text for note in figure.layout.annotations]
    assert notes == ["Bar", "Merging", "Strong bar", "No bar", "Not merging"]


def test_names_beside_lines_are_never_on_one_another():
    shares = pd.DataFrame(
        [(1, label, 0.1) for label in GZD5.question("bar").labels],
        columns=["epoch", "label", "share"],
    )
    notes = labelled(shares, GZD5).layout.annotations[1:]
    heights = sorted(note.y for note in notes)
    assert len(heights) == 3 and min(np.diff(heights)) > 0.08 * 0.1


@pytest.mark.parametrize(
    ("count", "told"), [(2, {0, 1}), (3, {0, 1, 2}), (5, {2, 3, 4}), (6, {3, 4, 5})]
)
def test_epochs_are_named_under_the_lowest_plot_of_each_column(count, told):
    measures = {f"m{place}": f"Measure {place}" for place in range(count)}
    epochs = pd.DataFrame([{"fit": "joint", "epoch": 1} | dict.fromkeys(measures, 0.5)])
    figure = watched(epochs, measures)
    titles = [
        figure.layout[line.xaxis.replace("x", "xaxis")].title.text
        for line in figure.data
    ]
    assert titles == ["epoch" if place in told else None for place in range(count)]


def test_no_axis_title_is_above_the_heading_of_another_plot():
    table = pd.DataFrame([{"fit": "long_simulation", "step": 1}])
    figure = steps(table.assign(**dict.fromkeys(STEP_VALUES, 0.5)))
    axes = ("xaxis", "xaxis2", "xaxis3", "xaxis4")  # the fourth is below the first
    titles = [figure.layout[axis].title.text for axis in axes]
    assert titles == [None, "step", "step", "step"]
    assert {line.name for line in figure.data} == {"Long fit to mock observations"}


def test_the_page_needs_nothing_from_elsewhere_and_cannot_be_broken_out_of(tmp_path):
    folder = write_run(tmp_path)
    model = json.loads((folder / "checkpoints" / "model.json").read_text())
    model["description"] = HOSTILE
    (folder / "checkpoints" / "model.json").write_text(json.dumps(model))
    found = read_record(folder, GZD5)
    page = report_page(found, panels(found, GZD5))
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page.split("<script>")[0])
    assert page.count("<script") == page.count("</script>") == 3
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    drawn = page.split('id="figures">')[1].split("</script>")[0]
    figures = json.loads(drawn)
    assert [one["key"] for one in figures] == [p.key for p in panels(found, GZD5)]
    assert all("template" not in one["layout"] for one in figures)


def test_the_card_has_the_hubs_headings_and_the_runs_numbers(record):
    card = model_card(record, {"seed": 7, "fit": {"epochs": 3, "frozen": False}}, GZD5)
    assert card.startswith("---\nlibrary_name: pytorch\n")
    headings = re.findall(r"^## (.*)$", card, flags=re.MULTILINE)
    assert headings == [
        "Model details",
        "Uses",
        "Bias, risks and limitations",
        "How to get started with the model",
        "Training details",
        "Evaluation",
        "Technical specifications",
        "Provenance",
        "Citation",
    ]
    for said in (
        "> Simulated galaxies: these numbers are not results about real galaxies.",
        "1,234 galaxies of judged, test half",
        "| smooth-or-featured | 40 | 0.0800 | 0.0040 | 0.0500 | 0.3000 |",
        "| bar | 10 | 0.9000 | 0.6000 | 0.9800 | 0.9100 | 0.9050 |",
        "Not learnt (no better than a constant mean fraction): Bar.",
        "9 of 10 questions learnt",
        "| fit.epochs | 3 |",
        "| fit.frozen | no |",
        "ab" * 32,
        "| learnt | decals | simulated | 500 | 64 |",
        "400 images per second",
    ):
        assert said in card, said


def test_the_card_says_what_the_encoder_gets(tmp_path):
    """A model that is used elsewhere with another normalisation is silently wrong."""
    path = write_run(tmp_path) / "checkpoints" / "model.json"
    model = json.loads(path.read_text())
    recipe = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    recipe |= {"channels": "colour", "size": 224, "interpolation": "bicubic"}
    recipe |= {"clip": True}
    model |= {"input": recipe, "image": {"input": "asinh", "q": 20.0}}
    path.write_text(json.dumps(model))
    card = model_card(read_record(path.parent.parent, GZD5), {}, GZD5)
    (said,) = (row for row in card.splitlines() if "**Input**" in row)
    said = said.replace("\\", "")
    assert "as asinh (Q = 20.0); the encoder gets them resampled to 224" in said
    assert "224 pixels (bicubic, clipped to [0, 1]), with channels" in said
    assert "minus [0.485, 0.456, 0.406], divided by [0.229, 0.224, 0.225]" in said
    path.write_text(json.dumps(model | {"input": None}))
    assert "the encoder gets" not in model_card(
        read_record(path.parent.parent, GZD5), {}, GZD5
    )


def test_a_card_of_a_run_that_was_not_judged_says_so(tmp_path):
    folder = write_run(tmp_path, release={"release_id": "mine", "citation": HOSTILE})
    (folder / "evaluation.json").unlink()
    card = model_card(read_record(folder, GZD5), {}, GZD5)
    assert "not evaluated, so its accuracy is unknown" in card
    assert "<script>" not in card and "[x](http" not in card
    assert "\\<script\\>" in card


def test_both_are_written_into_the_runs_folder(tmp_path):
    folder = write_run(tmp_path)
    write_report(folder, {}, GZD5)
    assert (folder / "report.html").read_text().endswith("</html>\n")
    assert (folder / "model_card.md").read_text().startswith("---\n")


def test_markdown_of_hostile_text():
    assert line("a\n# b | c") == "a \\# b \\| c"
    assert table(("a", "b"), [("x|y", 1.5), ("z", "2,000")]).splitlines() == [
        "| a | b |",
        "| --- | ---: |",
        "| x\\|y | 1.5 |",
        "| z | 2,000 |",
    ]
    assert block("```\nx", "json").startswith("````json\n")
