"""The view Learn of the page Label: fits, scores, what to ask next."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from morph.catalogue import release_table
from morph.catalogue.arrays import arrays
from morph.catalogue.loading import unload_release
from morph.home import release_folder
from morph.labels import label_queue, saved_questions
from morph.labels.answers_file import answers_file
from morph.labels.label_question import question
from morph.release.publish import withdraw
from pages.common.server import loads
from pages.label import learn_job
from tests.morph.labels.acts import act
from tests.pages.conftest import SHELL
from tests.pages.label.conftest import RING, drawn
from tests.pages.opening import (
    button,
    component,
    components,
    counted,
    opened,
    said,
    sliders,
    toasts,
)

PATH = "label/label.py"
AT_RANDOM = "60 at random (seed 3) from: all galaxies"


@pytest.fixture(autouse=True)
def no_fits():
    yield
    ended()
    learn_job.close()


@pytest.fixture
def release(con):
    return release_table.release(con, "small-demo")


@pytest.fixture
def ringed(morph_home):
    """iauname -> whether a sum of its features is above the median."""
    path = morph_home / "releases" / "small-demo" / "features.parquet"
    table = pd.read_parquet(path)
    sums = np.stack(table["feature"])[:, :4].astype(float).sum(axis=1)
    return dict(zip(table["iauname"], sums > np.median(sums), strict=True))


@pytest.fixture
def labelled(file, queue, ringed):
    """Ann labels 60 galaxies at random."""
    some = list(ringed)[::5]
    acts = [
        act("ann", name, "Ring" if ringed[name] else "No ring", chosen=AT_RANDOM)
        for name in some
    ]
    file.append(acts)
    return some


def ended():
    """All fits, once they have ended, the last one last."""
    jobs = list(learn_job._jobs.values())
    for job in jobs:
        assert job.finished.wait(120)
    return jobs


def learnt(dashboard, **query):
    """The view once the fit has ended."""
    page = opened(dashboard, PATH, {"label_view": "Learn", **query})
    assert not page.exception
    ended()
    page.run()
    assert not page.exception
    return page


def table(page) -> pd.DataFrame:
    return page.dataframe[0].value.set_index("Score")


def test_what_was_learnt_is_shown_beside_chance(labelled, dashboard):
    page = learnt(dashboard)
    assert "Fitted to 60 galaxies with an answer" in "\n".join(
        one.value for one in page.markdown
    )
    scores = table(page)
    assert list(scores.index) == [
        "Accuracy",
        "Balanced accuracy",
        "ROC area",
        "Average precision",
    ]
    assert float(scores.loc["ROC area", "Model"].split()[0]) > 0.7
    assert scores.loc["ROC area", "Chance"] == "0.50"
    assert "Better than size, brightness and colour alone" in said(page)
    assert "more labels: ROC area" in said(page)


def test_the_surest_galaxies_have_no_label_and_are_right(labelled, ringed, dashboard):
    page = learnt(dashboard)
    shown = [
        tile["iauname"]
        for one in components(page, "gallery")
        if one["label"].startswith("Surest")
        for tile in one["tiles"]
    ]
    assert len(shown) == 12 and not set(shown) & set(labelled)
    assert sum(bool(ringed[name]) for name in shown) >= 11


def test_what_teaches_most_becomes_a_queue_that_says_why(
    labelled, con, ring, release, dashboard
):
    page = learnt(dashboard)
    page.number_input(key="label_ask_number").set_value(20).run()
    button(page, "Ask these 20 galaxies").click().run()
    assert not page.exception
    assert page.session_state["label_view"] == "Label"
    made = label_queue.queues(con, ring.question_id)[0]
    assert made.galaxies == 20
    assert "by mutual information and k-centre, 20% at random" in made.words
    shown = [label_queue.showing_at(con, made, place) for place in range(20)]
    assert not {one.iauname for one in shown} & set(labelled)
    reasons = [one.chosen for one in shown]
    assert sum(one.startswith("at random") for one in reasons) == 4
    others = [one for one in reasons if not one.startswith("at random")]
    assert all("model of 60 labels" in one for one in others)
    assert component(page, "label_queue")["queue_id"] == made.queue_id


def test_new_answers_are_learnt_when_the_view_is_opened_again(
    labelled, file, ringed, dashboard
):
    page = learnt(dashboard)
    rest = [name for name in ringed if name not in labelled][:10]
    file.append(
        [act("ann", name, "Ring" if ringed[name] else "No ring") for name in rest]
    )
    page.run()
    ended()
    page.run()
    assert "Fitted to 70 galaxies" in "\n".join(one.value for one in page.markdown)


@pytest.mark.parametrize(
    "answers, words",
    [
        (
            [],
            "The release small-demo has 0 galaxies with an answer; a model needs at "
            "least 10",
        ),
        (["Ring"] * 20, "All 20 labelled galaxies are “Ring”"),
        ([None] * 20, "All 20 galaxies are “don’t know”"),
        (["Ring"] * 4, "Label 6 more"),
    ],
)
def test_what_cannot_be_learnt_is_said(file, queue, ringed, dashboard, answers, words):
    file.append(
        [
            act("ann", name, *([answer] if answer else []))
            for name, answer in zip(ringed, answers, strict=False)
        ]
    )
    page = opened(dashboard, PATH, {"label_view": "Learn"})
    assert not page.exception
    assert words in page.info[0].value


def test_a_release_without_features_offers_to_make_them(labelled, dashboard):
    page = opened(dashboard, PATH, {"label_view": "Learn", "release": "fractions-only"})
    assert not page.exception
    assert "has no image features" in page.info[0].value


def test_ratings_and_several_answers(con, ringed, morph_home, dashboard):
    rating = saved_questions.create(con, question("How ringed?", "rating"))
    drawn(con, rating)
    answers_file(morph_home, rating.question_id).append(
        [act("ann", n, "4" if ringed[n] else "1") for n in list(ringed)[::6]]
    )
    page = learnt(dashboard, label_question=rating.question_id)
    assert list(table(page).index) == ["RMSE (ratings)"]
    assert [one.label for one in page.selectbox if "improvement" in str(one.options)]
    several = saved_questions.create(
        con, question("What is there?", "several", ["Smooth", "Rough", "Odd"])
    )
    drawn(con, several)
    answers_file(morph_home, several.question_id).append(
        [
            act("ann", n, *(["Smooth"] if ringed[n] else ["Rough"]))
            for n in list(ringed)[::6]
        ]
    )
    page = learnt(dashboard, label_question=several.question_id)
    assert "“Odd” is not learnt" in said(page)
    assert len(ended()[-1].result.evaluations) == 2


def test_a_question_deleted_while_its_model_is_fitted(labelled, con, ring, dashboard):
    page = opened(dashboard, PATH, {"label_view": "Learn"})
    saved_questions.delete(con, ring.question_id)
    ended()
    page.run()
    assert not page.exception
    assert RING.text not in "\n".join(one.value for one in page.markdown)


PAGES = (
    "overview",
    "explore",
    "contrast",
    "simplex",
    "map",
    "similar",
    "galaxy",
    "designer",
    "populations",
    "subsets",
    "download",
    "compare",
    "methods",
    "label",
    "data",
    "runs",
)
CHILD, ANSWER = "small-demo-ring", "own-ring_ring"


@pytest.fixture
def child(labelled, con, release, morph_home, dashboard):
    """The release that the page makes of what was learnt."""
    page = learnt(dashboard)
    button(page, "Make and load the release").click().run()
    assert not page.exception
    key = next(name for name in loads._loads if name.startswith("answers of"))
    assert loads._loads[key].ended.wait(60)
    page.run()
    assert not page.exception
    yield page
    if release_folder(morph_home, CHILD).exists():
        withdraw(morph_home, CHILD)
        unload_release(con, CHILD, remember=False)


def test_the_release_is_made_loaded_and_undone(child, con, labelled, morph_home):
    loaded = release_table.release(con, CHILD)
    assert loaded.tree.labels[-2:] == (ANSWER, "own-ring_no-ring")
    (one,) = loaded.manifest.details.own_questions["learnt"]
    assert one["labels"] == len(labelled)
    assert loaded.manifest.parent_release == "small-demo"
    button(child, "Undo loading").click().run()
    assert not child.exception
    assert CHILD not in [one.release_id for one in release_table.releases(con)]
    assert not release_folder(morph_home, CHILD).exists()


def test_a_name_that_is_taken_is_refused(child):
    (name,) = (one for one in child.text_input if "release_name" in (one.key or ""))
    assert name.value == f"{CHILD}-2"
    name.set_value(CHILD).run()
    button(child, "Make and load the release").click().run()
    assert f"There is a release '{CHILD}' already" in " ".join(toasts(child))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_it(child, dashboard, ringed, con, name):
    query = {"release": CHILD, ANSWER: ["0.5", "1"], "with": "small-demo"}
    page = opened(
        AppTest.from_file(SHELL, default_timeout=60), f"{name}/{name}.py", query
    )
    assert not page.exception
    assert not page.error
    if name == "explore":
        assert ANSWER in sliders(page)
        loaded = release_table.release(con, CHILD)
        (fraction,) = arrays(con, loaded, [f"{ANSWER}_probability"])
        assert counted(page).startswith(f"**{(fraction >= 0.5).sum():,}")
