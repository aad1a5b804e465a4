"""A queue of the galaxies that are oddest by their features."""

import numpy as np

from morph.catalogue import release_table
from morph.catalogue.arrays import rows_of
from morph.home import release_folder
from morph.labels import label_queue, saved_questions
from morph.labels.answers_file import answers_file
from morph.labels.label_question import question
from morph.odd.process import scores_of
from tests.morph.labels.acts import act
from tests.pages.label.test_label_page import PATH
from tests.pages.opening import opened


def oddest(con, home, number, without=()):
    """Names of the oddest galaxies, by all scores."""
    release = release_table.release(con, "small-demo")
    folder = release_folder(home, "small-demo")
    scores = scores_of(folder, home / "cache", "isolation_forest")
    names = con.execute(f"SELECT iauname, rowid FROM {release.table}").fetchall()
    named = {row: name for name, row in names}
    order = [named[row] for row in np.argsort(-scores, kind="stable") if row in named]
    return [name for name in order if name not in without][:number]


def draw(dashboard, con, ring):
    page = opened(dashboard, PATH)
    page.selectbox(key="label_order").set_value("isolation_forest").run()
    page.number_input(key="label_galaxies_selection").set_value(8).run()
    page.number_input(key="label_repeated").set_value(0).run()
    page.button(key="label_draw").click().run(timeout=60)
    assert not page.exception
    queue = label_queue.queues(con, ring.question_id)[0]
    shown = [label_queue.showing_at(con, queue, n) for n in range(queue.shown)]
    return page, queue, shown


def test_the_oddest_come_first_and_say_why(ring, con, morph_home, dashboard):
    _, queue, shown = draw(dashboard, con, ring)
    assert [one.iauname for one in shown] == oddest(con, morph_home, 8)
    assert shown[0].chosen.startswith("odd by features: isolation forest ")
    assert "place 1 of" in shown[0].chosen
    assert "oddest by features" in queue.words


def test_artifacts_told_once_stay_out_of_later_queues(ring, con, morph_home, dashboard):
    first, second = oddest(con, morph_home, 2)
    kinds = question("What is it?", "one", ["Galaxy", "Artifact"])
    other = saved_questions.create(con, kinds)
    told = [act("ann", first, "Artifact"), act("ann", second, "Galaxy")]
    answers_file(morph_home, other.question_id).append(told)
    page = opened(dashboard, PATH)
    page.selectbox(key="label_question").set_value(ring.question_id).run()
    _, _, shown = draw(dashboard, con, ring)
    drawn = [one.iauname for one in shown]
    assert drawn == oddest(con, morph_home, 8, without={first})
    assert second in drawn
    release = release_table.release(con, "small-demo")
    assert len(rows_of(con, release, drawn)) == 8
