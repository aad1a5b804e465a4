"""The pilots' frame, scores and tables, on a few pictures made up for them."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from morph.errors import MorphError
from morph.posterior.tree import GZD5
from tests.benchmarks import real_pilots
from tests.benchmarks.conftest import DEVICE, FIT, picture
from tests.benchmarks.pilots import pilot_a, pilot_b, pilot_c, scores, workplace
from tests.benchmarks.pilots.framing import (
    MARGIN,
    SIDE,
    SKY,
    Frame,
    find_galaxy,
    framed,
    plain_measures,
)
from tests.benchmarks.pilots.labelled import read_labelled
from tests.benchmarks.pilots.simulated import Simulation, simulated_pictures
from tests.benchmarks.pilots.sizes import QUICK
from tests.benchmarks.pilots.tables import FIVE, by_question
from training.pixels.galaxy_images import asinh_picture

LABELS = {name: i for i, name in enumerate(GZD5.labels)}


def centre_and_reach(levels):
    down, across = np.nonzero(levels.mean(axis=2) > 100)
    half = SIDE / 2
    return (across.mean() + 0.5 - half, down.mean() + 0.5 - half), np.ptp(across) / 2


@pytest.mark.parametrize("radius", [15, 30, 60])
def test_galaxies_of_every_size_fill_the_same_part_of_the_frame(radius):
    centre, reach = centre_and_reach(framed(picture(radius=radius)))
    assert np.hypot(*centre) < 1
    assert reach == pytest.approx(SIDE / 2 / MARGIN, abs=4.5)


def test_the_frame_finds_the_galaxy_beside_the_middle_and_not_the_star():
    found = find_galaxy(picture(x=112, y=90, stars=[(40, 40, 12, 1.0)]))
    assert (found.x, found.y) == pytest.approx((112, 90), abs=1)
    assert found.extent == pytest.approx(20, abs=4)


def test_sky_becomes_one_level_whatever_it_was_and_so_does_what_is_beyond_the_edge():
    bright_sky = framed(picture(sky=60))
    assert bright_sky[0, 0].tolist() == [round(255 * SKY)] * 3
    np.testing.assert_allclose(bright_sky, framed(picture(sky=10)), atol=8)
    beyond = framed(picture(side=60, x=30, y=30, radius=28, sky=60))[0]
    assert beyond.mean() == pytest.approx(255 * SKY, abs=2)
    assert 0.1 < beyond.std() < 5


def test_plain_measures_tell_size_brightness_and_colour_and_no_shape():
    plain = plain_measures(picture(radius=20))
    np.testing.assert_allclose(plain_measures(picture(radius=20, x=90)), plain)
    larger = plain_measures(picture(radius=40)) - plain
    assert larger[0] == pytest.approx(np.log(2), abs=0.15)
    red = picture() * np.array([1, 0.7, 0.5])
    assert plain_measures(red.astype(np.uint8))[3] == pytest.approx(np.log(2), abs=0.1)
    assert plain_measures(picture(sky=60))[1] < plain[1]
    assert np.isfinite(plain_measures(np.zeros((50, 70, 3), np.uint8))).all()


def test_a_picture_of_nothing_is_framed_all_the_same():
    assert framed(np.zeros((50, 70, 3), np.uint8)).shape == (SIDE, SIDE, 3)


def labels_of(*rows):
    table = pd.DataFrame(rows, columns=["question", "answers"])
    return table.assign(picture=np.arange(len(table)))


def fractions_of(*answers):
    table = np.full((len(answers), len(GZD5.labels)), 0.01)
    for row, given in enumerate(answers):
        for label, value in given.items():
            table[row, LABELS[label]] = value
    return table


EVEN = np.full(len(GZD5.labels), 0.1)


def test_answers_that_stand_together_are_right_together():
    table = labels_of(("bar", "strong|weak"), ("bar", "no"))
    fractions = fractions_of(*[{"bar_strong": 0.3, "bar_weak": 0.3, "bar_no": 0.4}] * 2)
    usual = EVEN.copy()
    usual[LABELS["bar_no"]] = 0.2
    assert scores.right_answers(table, fractions, usual, GZD5).tolist() == [True, False]


def test_a_rare_answer_is_held_against_how_rare_it_is():
    table = labels_of(("disk-edge-on", "yes"), ("disk-edge-on", "no"))
    said = {"disk-edge-on_yes": 0.3, "disk-edge-on_no": 0.7}
    usual = EVEN.copy()
    usual[LABELS["disk-edge-on_yes"]], usual[LABELS["disk-edge-on_no"]] = 0.1, 0.9
    right = scores.right_answers(table, fractions_of(said, said), usual, GZD5)
    assert right.tolist() == [True, False]


def test_where_answers_overlap_the_likeliest_one_counts():
    table = labels_of(("bulge-size", "small"), ("bulge-size", "small|moderate|large"))
    fractions = fractions_of({"bulge-size_small": 0.9}, {"bulge-size_large": 0.5})
    assert scores.right_answers(table, fractions, EVEN, GZD5).all()
    assert scores.chance(table, GZD5) == pytest.approx((1 / 5 + 3 / 5) / 2)


def test_the_goal_is_chance_at_43_per_cent_as_its_questions_have_two_or_three_answers():
    both = {"bar": "strong|weak", "disk-edge-on": "yes", "has-spiral-arms": "yes"}
    rows = [(name, answers) for name, answers in both.items()]
    rows += [(name, "no") for name in both]
    rows += [("smooth-or-featured", a) for a in GZD5.question(FIVE[0]).answers]
    rows += [("how-rounded", a) for a in GZD5.question("how-rounded").answers]
    table = labels_of(*rows)
    found = by_question(table, np.ones(len(table), dtype=bool))
    assert found[-1]["chance"] == pytest.approx(0.4333)
    assert (found[-1]["labels"], found[-1]["balanced accuracy"]) == (12, 1.0)


def test_balanced_accuracy_does_not_mind_how_many_examples_an_answer_has():
    table = labels_of(*[("bar", "no")] * 80, *[("bar", "strong|weak")] * 20)
    right = np.array([True] * 80 + [False] * 20)
    assert scores.balanced_accuracy(table, right) == 0.5
    low, high = scores.balanced_interval([(table, right)])
    assert 0.45 < low < 0.5 < high < 0.6


def test_paired_difference_as_agresti_and_min_have_it():
    before = np.array([True] * 60 + [False] * 40)
    after = np.array([True] * 50 + [False] * 10 + [True] * 30 + [False] * 10)
    difference, low, high = scores.paired_difference(before, after)
    won, lost, n = 30.5, 10.5, 102
    half = 1.959964 * np.sqrt(won + lost - (won - lost) ** 2 / n) / n
    assert difference == pytest.approx(0.2)
    assert (low, high) == pytest.approx((20 / n - half, 20 / n + half))


def test_a_label_judged_often_is_one_observation():
    rng = np.random.default_rng(3)
    before, after = rng.random(300) < 0.6, rng.random(300) < 0.7
    once = scores.paired_difference(before, after)
    often = [np.mean([right] * 5, axis=0) for right in (before, after)]
    assert scores.paired_difference(*often) == pytest.approx(once)
    steadier = [np.mean(rng.random((5, 300)) < p, axis=0) for p in (0.6, 0.7)]
    _, low, high = scores.paired_difference(*steadier)
    assert 0 < high - low < once[2] - once[1]


def test_a_seed_whose_run_fails_has_a_row_that_says_why(monkeypatch, tmp_path):
    def fails_once(root, real, size, seed, weights):
        if seed == 2:
            raise MorphError("the run ended: the disk is full")
        return [np.arange(10) < 6, np.arange(10) < 6]

    monkeypatch.setattr(pilot_a, "_before_and_after", fails_once)
    rows = pilot_a.rows(tmp_path, None, replace(QUICK, seeds=3))
    assert [row["labels"] for row in rows] == [10, "", 10]
    assert rows[0].keys() == rows[1].keys()
    (why,) = pilot_a.failed(rows)
    assert "seed 2" in why
    assert "the disk is full" in why


def test_a_failed_run_says_its_cause(tmp_path, monkeypatch):
    monkeypatch.setattr(workplace, "train", lambda arguments: 1)
    state = SimpleNamespace(error="no picture has votes")
    monkeypatch.setattr(workplace, "read_run", lambda folder: state)
    config = workplace.source_config("stars", FIT, DEVICE, 1)
    with pytest.raises(MorphError, match="no picture has votes"):
        workplace.fitted(tmp_path, "tiny", config)


def test_what_failed_is_told_and_the_rest_is_shown(monkeypatch, tmp_path, capsys):
    for folder in ("examples", "rings"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.csv").touch()
    tables = {"B: what went well": [{"pictures": "sdss", "right": 3}]}
    found = real_pilots.Measured(tables, ["a goal"], ["pilot A, seed 2, not measured"])
    monkeypatch.setattr(real_pilots, "pilots", lambda root, real, size: found)
    given = ["--real", str(tmp_path), "--cache", str(tmp_path)]
    assert real_pilots.main(given) == real_pilots.WRONG
    written = capsys.readouterr()
    assert "what went well" in written.out
    assert "pilot A, seed 2" in written.err
    assert "missed: a goal" in written.err
    well = replace(found, failures=[])
    monkeypatch.setattr(real_pilots, "pilots", lambda root, real, size: well)
    assert real_pilots.main(given) == 0


def test_pilot_a_claims_nothing_where_the_interval_includes_0():
    right = np.arange(100) < 60
    better = np.arange(100) < 80
    assert pilot_a._row(right, right)["claim"].startswith("none")
    assert pilot_a._row(right, better)["claim"] == "adapting helps"
    assert pilot_a._row(better, right)["claim"] == "adapting harms"


@pytest.fixture
def pictures(tmp_path):
    """Two pictures and a table of labels, to be spoilt."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, ratio in (("round.png", 1.0), ("long.png", 0.3)):
        Image.fromarray(picture(side=80, x=40, y=40, ratio=ratio)).save(folder / name)
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "image,question,answers\n"
        "round.png,how-rounded,round\n"
        "long.png,how-rounded,cigar-shaped\n"
        "long.png,bar,strong|weak\n"
    )
    return folder, labels


def test_a_picture_with_two_labels_is_read_once(pictures):
    labelled = read_labelled(*pictures, GZD5)
    assert labelled.pixels.shape == (2, SIDE, SIDE, 3)
    assert labelled.table["picture"].tolist() == [0, 1, 1]
    long = labelled.where(labelled.table["image"] == "long.png")
    assert long.table["picture"].tolist() == [0, 0]
    np.testing.assert_array_equal(long.pixels, labelled.pixels[1:])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("bar,", "colour,", "'colour' is not in the decision tree"),
        ("strong|weak", "strong|huge", "'huge' is no answer to bar"),
        ("round.png", "square.png", "square.png is not there"),
        ("answers", "truth", "lacks the column 'answers'"),
        ("round.png", "../labels.csv", "is no JPEG or PNG"),
    ],
)
def test_what_is_wrong_with_labels_is_said_in_words(pictures, old, new, words, capsys):
    folder, labels = pictures
    labels.write_text(labels.read_text().replace(old, new))
    with pytest.raises(MorphError, match=words.replace("|", r"\|")):
        read_labelled(folder, labels, GZD5)
    given = ["--images", str(folder), "--labels", str(labels)]
    assert real_pilots.main(given) == real_pilots.WRONG
    assert words in capsys.readouterr().err


def test_votes_of_a_label_say_what_led_to_its_question(pictures):
    votes = workplace.label_votes(read_labelled(*pictures, GZD5))
    long = {label: votes[1, column] for label, column in LABELS.items()}
    assert long["bar_strong"] == long["bar_weak"] == workplace.VOTES_OF_A_LABEL / 2
    assert long["disk-edge-on_no"] == workplace.VOTES_OF_A_LABEL
    assert long["bar_no"] == long["disk-edge-on_yes"] == 0
    assert long["how-rounded_cigar-shaped"] == workplace.VOTES_OF_A_LABEL
    assert votes[0, LABELS["how-rounded_round"]] == workplace.VOTES_OF_A_LABEL
    assert votes[0, LABELS["bar_strong"]] == 0


def test_the_engine_sees_the_picture_as_it_is():
    colours = np.random.default_rng(1).integers(0, 200, (1, 4, 4, 3), dtype=np.uint8)
    flux = torch.from_numpy(workplace.as_fluxes(colours).astype(np.float32))
    seen = asinh_picture(flux, q=20)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(seen, colours[0] / 255, atol=3e-3)


def test_a_frame_may_keep_the_colours_or_the_picture_as_it_was():
    red = picture() * np.array([1, 0, 0], dtype=np.uint8)
    grey, coloured = Frame().lay(red), Frame(colour=True).lay(red)
    assert np.ptp(grey, axis=2).max() == 0
    assert np.ptp(coloured, axis=2).max() > 100
    _, reach = centre_and_reach(Frame(found=False).lay(picture(radius=50)))
    assert reach == pytest.approx(SIDE / 4, abs=1)


def test_simulated_pictures_are_the_same_for_the_same_seed():
    pixels, votes, population = simulated_pictures(6, 3)
    again, same_votes, _ = simulated_pictures(6, 3)
    assert pixels.shape == (6, SIDE, SIDE, 3)
    assert votes.shape == (6, 34)
    assert len(population) == 6
    np.testing.assert_array_equal(pixels, again)
    np.testing.assert_array_equal(votes, same_votes)
    assert (pixels != simulated_pictures(6, 4)[0]).any()


@pytest.mark.parametrize(
    "change", [{"lifelike": False}, {"stars": False}, {"varied": False}]
)
def test_every_part_of_the_simulation_changes_the_pictures(change):
    pixels, _, _ = simulated_pictures(6, 3)
    assert (simulated_pictures(6, 3, Simulation(**change))[0] != pixels).any()


def test_any_labelled_pictures_are_judged_by_any_run(run, pictures, capsys):
    folder, labels = pictures
    given = ["--images", str(folder), "--labels", str(labels), "--model", str(run)]
    assert real_pilots.main([*given, "--json"]) == 0
    ((title, rows),) = json.loads(capsys.readouterr().out).items()
    assert run.name in title
    labels_of_question = {row["question"]: row["labels"] for row in rows}
    assert labels_of_question == {"bar": 1, "how-rounded": 2}
    assert all(0 <= row["low"] <= row["high"] <= 1 for row in rows)


def test_a_model_of_larger_pictures_is_shown_larger_ones():
    pictures = torch.rand(2, 3, SIDE, SIDE)
    larger = workplace._resized(pictures, 2 * SIDE)
    assert larger.shape == (2, 3, 2 * SIDE, 2 * SIDE)
    assert larger.mean().item() == pytest.approx(pictures.mean().item(), abs=0.01)
    assert workplace._resized(pictures, SIDE) is pictures


def test_images_and_labels_belong_together(tmp_path, capsys):
    assert real_pilots.main(["--images", str(tmp_path)]) == real_pilots.WRONG
    assert "belong together" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_said_in_words(pictures, tmp_path, capsys):
    folder, labels = pictures
    given = ["--images", str(folder), "--labels", str(labels)]
    assert real_pilots.main([*given, "--model", str(tmp_path / "no")]) == 1
    assert "no fitted model" in capsys.readouterr().err


def test_without_the_real_galaxies_nothing_is_measured(capsys, tmp_path):
    given = ["--cache", str(tmp_path), "--real", str(tmp_path / "none")]
    assert real_pilots.main(given) == real_pilots.NOT_HERE
    assert "nothing was measured" in capsys.readouterr().err


def test_another_fit_can_begin_with_the_encoder_of_a_run(run):
    weights = workplace.encoder_weights(run)
    store = run.parent.parent / "cutouts"
    (name,) = [f.name for f in store.iterdir() if (f / "manifest.json").is_file()][:1]
    config = workplace.source_config(name, FIT, DEVICE, 2, weights=weights)
    after = workplace.fitted(run.parent.parent, "after", config)
    assert (after / "checkpoints" / "model.json").is_file()


def test_goals_missed_are_said():
    rows = [
        {"pictures": p, "question": "mean of five", "balanced accuracy": a}
        for p, a in (("sdss", 0.80), ("decals", 0.70))
    ]
    (miss,) = pilot_b.missed(rows)
    assert "decals: 70.0%" in miss
    ring_rows = [
        {"learnt before": name, "way": way, "labels": 40, "against scratch": 0.05}
        | {"from": low, "to": 0.1}
        for name, way, low in (
            ("simulated", "fine-tuned", 0.03),
            (pilot_c.MAIN, "fine-tuned", -0.01),
            (pilot_c.MAIN, "linear probe", 0.02),
        )
    ]
    (miss,) = pilot_c.missed(ring_rows)
    assert "fine-tuned, 40 labels" in miss
    assert "-1.0% to +10.0%" in miss
