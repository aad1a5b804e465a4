"""The settings of a configuration, described from its dataclasses."""

from dataclasses import dataclass
from typing import Literal

import pytest

from morph.errors import SettingError
from morph.runs.config import (
    KINDS,
    AdaptConfig,
    PredictConfig,
    SourceConfig,
    problems_of,
    read_config,
)
from morph.runs.settings import (
    REQUIRED,
    differences,
    each_setting,
    settings_of,
    value_at,
    with_texts,
    with_value,
    without,
)
from morph.typed_json import name_of, within


@dataclass(frozen=True)
class Inner:
    """What is inside."""

    share: float = within(0.5, 0.0, 1.0)  # of all


@dataclass(frozen=True)
class Outer:
    """A configuration."""

    stores: tuple[str, ...] = name_of("cutout store")
    kind: Literal["outer"] = "outer"
    # How it is done,
    # in two lines.
    way: Literal["one", "two"] = "one"
    inner: Inner = Inner(0.25)
    more: Inner | None = None


def by_path(kind: type) -> dict:
    return {one.path: one for one in each_setting(settings_of(kind))}


def test_every_setting_is_described_by_its_field():
    found = by_path(Outer)
    assert list(found) == [
        *("stores", "way", "inner", "inner.share", "more", "more.share")
    ]
    stores, way, inner = found["stores"], found["way"], found["inner.share"]
    assert (stores.names, stores.several) == ("cutout store", True)
    assert stores.default is REQUIRED
    assert (way.choices, way.means) == (("one", "two"), "How it is done, in two lines.")
    assert (inner.default, inner.limits, inner.means) == (0.25, (0.0, 1.0), "of all")
    assert found["inner"].means == "What is inside."
    assert found["more"].optional and found["more"].default is None
    assert found["more.share"].default == 0.5


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_setting_of_a_run_has_a_meaning(kind):
    assert [one.path for one in each_setting(settings_of(kind)) if not one.means] == []


def test_a_value_is_set_and_left_out_at_its_path():
    config = {"a": {"b": 1, "c": 2}, "d": 3}
    assert value_at(config, "a.b") == 1
    assert value_at(config, "a.x", "none") == "none"
    assert with_value(config, "a.x.y", 5)["a"] == {"b": 1, "c": 2, "x": {"y": 5}}
    assert without(config, "a.b") == {"a": {"c": 2}, "d": 3}
    assert without({"a": {"b": 1}, "d": 3}, "a.b") == {"d": 3}
    assert without(config, "x.y") == config
    assert config == {"a": {"b": 1, "c": 2}, "d": 3}


def test_differences_name_the_settings_that_differ():
    before, after = {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4, "c": 2}, "e": 5}
    assert differences(before, after) == {
        "a.b": (1, 4),
        "d": (3, None),
        "e": (None, 5),
    }
    assert differences({}, {"fit": {"epochs": 7}}) == {"fit.epochs": (None, 7)}
    assert differences({"a": None}, {"a": {}}) == {"a": (None, {})}


def test_all_problems_are_found_at_once():
    config = {"kind": "source", "fit": {"epochs": 0, "augment": {"shift": -1}}}
    found = problems_of(config | {"surprise": 1, "tree": "oak"})
    assert found.keys() == {
        *("stores", "fit.epochs", "fit.augment.shift", "surprise", "tree")
    }
    assert found["fit.epochs"] == "fit.epochs is 0; expected a value from 1 to 10000"
    assert found["stores"] == "stores is missing"


def test_contradictions_are_found_at_their_setting():
    config = {"kind": "source", "stores": ["a"], "held_out": 0}
    assert problems_of(config).keys() == {"calibrate"}
    adapt = {"kind": "adapt", "model_run": "m", "method": "magic"}
    stores = {"source_stores": ["a"], "target_stores": ["b"]}
    assert problems_of(adapt | stores).keys() == {"method"}


def test_without_problems_a_config_can_be_read():
    assert problems_of({"kind": "source", "stores": ["a"]}) == {}
    assert isinstance(read_config({"kind": "source", "stores": ["a"]}), SourceConfig)
    assert problems_of({"kind": "wrong"}).keys() == {"kind"}
    assert problems_of({"kind": ["source"]}).keys() == {"kind"}


def test_the_settings_of_other_steps_are_not_used():
    fast = AdaptConfig("m", ("a",), ("b",), method="fast")
    assert "kmeans" in fast.unused and "adabn" not in fast.unused
    assert "pairs" in fast.unused
    standardise = AdaptConfig("m", ("a",), ("b",), method="standardise")
    assert "adabn" not in standardise.unused


def test_settings_are_typed_as_json_or_as_text():
    typed = ["stores=a,b", "first=9", "calibrate=false", "release.title=A, b = c"]
    typed += ["release.note=5"]
    typed += ["model.weights=null", "evaluate=null", 'release.stores=["c"]']
    config = {"kind": "source", "evaluate": {"store": "d"}}
    assert with_texts(config, typed, SourceConfig) == {
        "kind": "source",
        "stores": ["a", "b"],
        "first": 9,
        "calibrate": False,
        "release": {"title": "A, b = c", "note": "5", "stores": ["c"]},
        "model": {"weights": None},
        "evaluate": None,
    }
    assert config == {"kind": "source", "evaluate": {"store": "d"}}


def test_numbers_in_a_list_are_typed_as_numbers():
    typed = ["model.input.mean=0.4, 0.5,0.6", "model.input.std=1", "stores=1, b"]
    config = with_texts({"kind": "source"}, typed, SourceConfig)
    assert config["model"]["input"] == {"mean": [0.4, 0.5, 0.6], "std": [1]}
    assert config["stores"] == ["1", "b"]


def test_an_error_names_the_group_of_a_setting():
    with pytest.raises(SettingError, match=r"such as release\.stores=\.\.\., with"):
        with_texts({"kind": "predict"}, ["stores=sky"], PredictConfig)


@pytest.mark.parametrize("typed", ["first", "epochs=3", "kind=adapt", "method=fast"])
def test_what_is_no_setting_of_the_kind_of_run_is_refused(typed):
    with pytest.raises(SettingError, match="is not a setting of a run of this kind"):
        with_texts({"kind": "source"}, [typed], SourceConfig)
