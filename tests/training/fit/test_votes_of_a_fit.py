"""What a fit says of its votes before it begins."""

from types import SimpleNamespace

import pytest
import torch

from morph.trees.decision_tree import GZD5
from training.fit import source


class _Begun(Exception):
    """The votes were read, and the fit would begin."""


def test_a_question_with_too_few_votes_is_logged_and_recorded(monkeypatch, caplog):
    votes = torch.zeros(5, len(GZD5.labels))
    votes[:, 0] = 30  # smooth, so that how rounded and merging are asked
    votes[:, GZD5.columns(GZD5.question("how-rounded"))] = 10

    def begin(*_):
        raise _Begun

    for name, result in (("fit_recipe", None), ("read_galaxies", None)):
        monkeypatch.setattr(source, name, lambda *_, result=result: result)
    monkeypatch.setattr(source, "open_stores", lambda *_, **__: [])
    monkeypatch.setattr(source, "blank_words", lambda _: "")
    monkeypatch.setattr(source, "read_counts", lambda *_: votes)
    monkeypatch.setattr(source, "learnt_and_held_out", begin)
    events = []
    run = SimpleNamespace(root=None, event=lambda *a, **k: events.append((a, k)))
    part = SimpleNamespace(pixels="")
    config = SimpleNamespace(stores=(), image=None, first=None, device=part)
    fabric = SimpleNamespace(device="cpu")
    with pytest.raises(_Begun):
        source.fit_source(run, fabric, config, GZD5)
    (((name,), values),) = events
    assert name == "few_votes"
    assert values["says"].startswith("merging has 0 votes, and 150 answers lead to it")
    assert values["says"] in caplog.text
