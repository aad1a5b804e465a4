"""The throughput benchmark: turns, goals, and what is said where there is no GPU."""

import itertools
import os

import pytest
import torch

from tests.benchmarks import throughput_cpu, throughput_gpu
from tests.benchmarks.throughput_cpu import Case

TINY = Case("test_convnext", 32, batch=4, train=12, predict=10)


def told(images: float, seconds: float) -> dict[str, float]:
    return {"images": images, "seconds": seconds, "cpu_s": 2 * seconds}


def test_both_take_turns_and_the_first_does_not_count():
    asked = []

    def side(name, seconds):
        times = itertools.chain([100.0, 100.0], itertools.repeat(seconds))

        def ask(task):
            asked.append((name, task))
            return told(10, next(times))

        return ask

    train, predict = throughput_cpu._take_turns(
        TINY, side("morph", 1.0), side("zoobot", 2.0), 3
    )
    assert [name for name, task in asked if task == "train"] == [
        "zoobot", "morph", "morph", "zoobot", "zoobot", "morph", "morph", "zoobot",
    ]  # fmt: skip
    for row in (train, predict):
        assert row["ratio"] == pytest.approx(2.0)
        assert row["processor ratio"] == pytest.approx(2.0)
        assert row["ratio spread"] == "2.00 to 2.00"
        assert row["morph images/s"] == "10.0 (10.0 to 10.0)"
        assert (row["rounds"], row["missed"]) == (3, "")


def test_slower_than_zoobot_is_a_goal_missed():
    pairs = [(told(10, 2.0), told(10, 1.0)), (told(10, 1.0), told(10, 1.0))] * 2
    row = throughput_cpu._row(TINY, "train", pairs)
    assert row["missed"] == "0.75 x zoobot, at least 1.0"
    assert row["ratio spread"] == "0.50 to 1.00"


def test_morphs_side_trains_and_predicts_what_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    store = throughput_cpu._make_store(tmp_path, TINY)
    ask = throughput_cpu._morph(tmp_path, store, TINY)
    for task, images in (("train", 12), ("predict", 10)):
        found = ask(task)
        assert found["images"] == images
        assert found["seconds"] > 0
        assert found["cpu_s"] > 0


def test_zoobot_gets_the_same_galaxies_as_pictures(tmp_path):
    store = throughput_cpu._make_store(tmp_path, TINY)
    table = throughput_cpu._write_pictures(tmp_path / "jpeg", store)
    lines = table.read_text().splitlines()
    assert len(lines) == 1 + len(store.names)
    assert lines[0].startswith("id_str,smooth-or-featured_smooth,")
    assert lines[0].endswith(",file_loc")
    assert len(list((tmp_path / "jpeg").glob("*.jpg"))) == len(store.names)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to measure on")
def test_without_a_gpu_nothing_is_said_to_be_measured():
    rows = throughput_gpu.rows()
    assert len(rows) == 8
    assert {row["images/s"] for row in rows} == {"not measured: no GPU"}
    assert not any(row["missed"] for row in rows)


def test_a_gpus_figures_against_their_goals():
    found = {"images_per_s": 9_000.0, "data_wait": 0.06}
    row = throughput_gpu._row("convnext_nano", 128, "train", found, 2e-5)
    assert row["missed"] == (
        "9,000 images/s, at least 10,000; data wait 6.0%, at most 5%"
    )
    assert row["share of bf16 peak"] == "18.0%"
    row = throughput_gpu._row("convnext_nano", 128, "predict", found | {"data_wait": 0})
    assert row["missed"] == ""
    assert row["s for 248,088"] == pytest.approx(248_088 / 9_000)


def test_arithmetic_is_two_for_each_multiplication_and_addition():
    layer, image = torch.nn.Conv2d(3, 5, 3, bias=False), torch.rand(1, 3, 12, 12)
    assert throughput_gpu._flops(lambda: layer(image)) == 2 * 5 * 10 * 10 * 3 * 9
