"""The page Label: questions, queues, results, files."""

import pytest

from morph.catalogue import release_table
from morph.labels import label_queue, saved_questions
from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import counting
from morph.labels.label_columns import labels_export
from morph.labels.label_question import question, to_json
from morph.selection.funnel import count
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import who_may
from pages.label import permits
from tests.morph.labels.acts import act, undo
from tests.pages.label.conftest import RING, drawn
from tests.pages.opening import button, component, components, opened, said

PATH = "label/label.py"


def text(page):
    return "\n".join(m.value for m in page.markdown)


def shown(page):
    return component(page, "label_queue")


@pytest.fixture
def names(con):
    release = release_table.release(con, "small-demo")
    from morph.selection.listing.selected_rows import names

    return sorted(names(con, release, Selection()).tolist())


@pytest.fixture
def answered(file, queue, names):
    """Ann: 8 rings, 5 not, 1 unknown; Bob agrees in 10 of 12."""
    acts = [act("ann", name, "Ring") for name in names[:8]]
    acts += [act("ann", name, "No ring") for name in names[8:13]]
    acts += [act("ann", names[13])]
    acts += [act("bob", name, "Ring") for name in names[:6]]
    acts += [act("bob", name, "No ring") for name in names[6:12]]
    file.append(acts)
    return acts


def test_without_questions_the_page_says_what_it_is_for(con, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "No questions yet" in text(page)
    assert not components(page, "label_queue")


def test_a_question_is_made(con, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="label_made_text").set_value("Is there a bar?")
    page.text_area(key="label_made_answers").set_value("Bar\n\n No bar \n")
    page.button(key="label_create").click().run()
    assert not page.exception
    (made,) = saved_questions.questions(con)
    assert made.question == question("Is there a bar?", "one", ["Bar", "No bar"])
    assert page.query_params["label_question"] == made.question_id
    assert "No queue yet" in text(page)


@pytest.mark.parametrize("kind", ["rating", "tags"])
def test_ratings_and_tags_need_no_answers(con, dashboard, kind):
    page = opened(dashboard, PATH)
    page.text_input(key="label_made_text").set_value("How is it?")
    page.selectbox(key="label_made_kind").set_value(kind).run()
    assert not [one for one in page.text_area if one.key == "label_made_answers"]
    page.button(key="label_create").click().run()
    assert [one.question.kind for one in saved_questions.questions(con)] == [kind]


def test_a_question_that_is_not_valid_is_refused_in_words(con, dashboard):
    page = opened(dashboard, PATH)
    page.text_input(key="label_made_text").set_value("Is there a bar?")
    page.text_area(key="label_made_answers").set_value("Bar")
    page.button(key="label_create").click().run()
    assert not page.exception
    assert "expected 2 to 9" in page.toast[0].value
    assert saved_questions.questions(con) == []


def test_a_question_is_imported_and_exported(con, dashboard):
    page = opened(dashboard, PATH)
    page.file_uploader(key="label_question_file_0").upload(
        "q.json", to_json(RING), "application/json"
    )
    page.run()
    assert not page.exception
    (made,) = saved_questions.questions(con)
    assert made.question == RING


def test_a_wrong_file_is_refused_in_words(con, dashboard):
    page = opened(dashboard, PATH)
    page.file_uploader(key="label_question_file_0").upload(
        "q.json", b"iauname,answer", "application/json"
    )
    page.run()
    assert not page.exception
    assert "is not JSON" in page.toast[0].value
    assert saved_questions.questions(con) == []


def test_an_unanswered_question_can_be_changed(ring, con, dashboard):
    page = opened(dashboard, PATH)
    key = f"label_edit_{ring.question_id}"
    assert page.text_input(key=f"{key}_text").value == "Is there a ring?"
    page.text_input(key=f"{key}_text").set_value("Is there an inner ring?")
    page.button(key=f"{key}_save").click().run()
    assert not page.exception
    changed = saved_questions.saved_question(con, ring.question_id)
    assert changed.question.text == "Is there an inner ring?"


def test_an_answered_question_cannot(ring, answered, dashboard):
    page = opened(dashboard, PATH)
    key = f"label_edit_{ring.question_id}_text"
    assert not [one for one in page.text_input if one.key == key]
    assert "A question with answers cannot be changed" in said(page)


def test_deleting_takes_two_steps_and_can_be_undone(ring, answered, con, dashboard):
    page = opened(dashboard, PATH)
    key = f"label_delete_{ring.question_id}"
    assert not [one for one in page.button if one.key == key]
    page.toggle(key=f"label_end_{ring.question_id}").set_value(True).run()
    assert "with its queues and 26 rows of answers of 2 people" in text(page)
    page.button(key=key).click().run()
    assert not page.exception
    assert saved_questions.questions(con) == []
    button(page, "Restore").click().run()
    assert not page.exception
    assert saved_questions.questions(con) == [ring]
    assert len(page.get("bidi_component")) > 0


def test_a_queue_is_drawn_from_the_selection(ring, con, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.5", "1"]})
    barred = Selection(limits={"bar_strong": (0.5, 1)})
    number = count(con, release_table.release(con, "small-demo"), barred)
    page.number_input(key="label_galaxies_selection").set_value(number)
    page.number_input(key="label_repeated").set_value(20)
    page.number_input(key="label_seed").set_value(5).run()
    page.button(key="label_draw").click().run()
    assert not page.exception
    (queue,) = label_queue.queues(con, ring.question_id)
    assert (queue.galaxies, queue.seed, queue.repeated) == (number, 5, 0.2)
    assert queue.shown == number + round(0.2 * number)
    assert "Strong bar" in queue.words
    assert page.query_params["label_queue"] == queue.queue_id
    assert "Enter your name to begin" in said(page)


def test_a_queue_is_drawn_from_a_subset_or_the_whole_release(ring, con, dashboard):
    release = release_table.release(con, "small-demo")
    kept = saved.save_selection(
        con, release, Selection(limits={"bar_strong": (0.5, 1)}), name="Barred"
    )
    page = opened(dashboard, PATH, {"bar_strong": ["0.9", "1"]})
    page.radio(key="label_source").set_value("subset").run()
    page.button(key="label_draw").click().run()
    page.radio(key="label_source").set_value("release").run()
    page.number_input(key="label_galaxies_release").set_value(300).run()
    page.button(key="label_draw").click().run()
    assert not page.exception
    whole, of_subset = label_queue.queues(con, ring.question_id)
    assert (whole.galaxies, of_subset.galaxies) == (300, kept.galaxies)
    saved.delete(con, kept.subset_id)


def test_an_empty_selection_offers_to_relax_it(ring, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.97", "0.98"]})
    assert page.button(key="label_draw").disabled
    assert page.button(key="relax")


def test_labelling_needs_a_name_and_goes_on_under_the_last_one(
    queue, file, morph_home, dashboard
):
    page = opened(dashboard, PATH)
    assert not components(page, "label_queue")
    page.text_input(key="label_who").set_value("  Ann  B ").run()
    drawn_data = shown(page)
    assert drawn_data["who"] == "Ann B"
    assert drawn_data["permit"] == permits.permit(morph_home, queue.queue_id, "Ann B")
    assert drawn_data["address"] == f"/label/{queue.queue_id}/acts"
    assert drawn_data["asked"] == {
        "text": "Is there a ring?",
        "kind": "one",
        "answers": ["Ring", "No ring"],
    }
    assert drawn_data["blind"] is True
    assert drawn_data["look"] == {"stretch": "viewer", "zoom": "1"}


def test_the_last_person_is_offered_again(queue, answered, dashboard):
    assert shown(opened(dashboard, PATH))["who"] == "bob"


def test_blind_the_page_does_not_tell_what_was_drawn(queue, answered, dashboard):
    page = opened(dashboard, PATH)
    assert queue.words not in said(page)
    page.toggle(key="label_blind").set_value(False).run()
    assert shown(page)["blind"] is False
    assert queue.words in said(page)


def test_stretch_and_zoom_are_those_of_the_galaxy_page(queue, answered, dashboard):
    page = opened(dashboard, PATH, {"stretch": "linear", "zoom": "2"})
    assert shown(page)["look"] == {"stretch": "linear", "zoom": "2"}


def test_a_rating_has_a_key_for_dont_know_that_is_no_rating(con, dashboard, file):
    rating = saved_questions.create(con, question("How disturbed?", "rating"))
    drawn(con, rating)
    page = opened(dashboard, PATH, {"label_question": rating.question_id})
    page.text_input(key="label_who").set_value("ann").run()
    assert shown(page)["keys"]["unknown"] == "d"
    assert shown(page)["asked"]["answers"] == ["0", "1", "2", "3", "4", "5"]


def test_a_release_without_images_says_so(con, ring, dashboard):
    drawn(con, ring, release="fractions-only")
    page = opened(dashboard, PATH)
    page.text_input(key="label_who").set_value("ann").run()
    (info,) = [one.value for one in page.info]
    assert "no cutouts" in info
    assert "nothing to see while you label blind" in info
    assert shown(page)["look"] == {}
    page.toggle(key="label_blind").set_value(False).run()
    assert "nothing to see" not in page.info[0].value


def test_the_queue_of_a_release_that_is_gone_says_so(con, queue, answered, dashboard):
    con.execute("UPDATE workspace.label_queues SET release_id = 'gone'")
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "galaxies of gone, which is not loaded" in page.info[0].value


def test_visitors_see_results_but_do_not_label(queue, answered, dashboard, monkeypatch):
    monkeypatch.setattr(who_may, "why_not", lambda owner=None: "this is read-only")
    page = opened(dashboard, PATH)
    assert not page.exception
    assert not components(page, "label_queue")
    assert "This is read-only" in said(page)
    page.session_state["label_view"] = "Results"
    page.run()
    assert page.dataframe[0].value["Galaxies"].tolist() == [6, 5]


def test_on_a_shared_dashboard_answers_are_under_the_known_name(
    queue, dashboard, monkeypatch
):
    monkeypatch.setattr(who_may, "person", lambda: "ann@uni.edu")
    page = opened(dashboard, PATH)
    assert shown(page)["who"] == "ann@uni.edu"
    assert "Answers are saved as ann@uni.edu" in said(page)


def results(dashboard):
    return opened(dashboard, PATH, {"label_view": "Results"})


def test_results_are_empty_without_answers(queue, dashboard):
    assert [one.value for one in results(dashboard).info] == ["No answers yet."]


def test_results_count_the_majority_and_each_person(answered, dashboard):
    page = results(dashboard)
    assert not page.exception
    assert page.dataframe[0].value["Galaxies"].tolist() == [6, 5]
    assert "11 galaxies with an answer, 1 “don’t know”, 2 without a majority" in (
        said(page)
    )
    page.selectbox(key="label_whose").set_value("ann").run()
    counts = page.dataframe[0].value
    assert counts["Galaxies"].tolist() == [8, 5]
    assert counts["Fraction"].tolist() == [8 / 13, 5 / 13]
    assert counts["95% interval"][0] == "36% to 82%"  # Wilson, 8 of 13


def test_results_compare_people(answered, dashboard):
    page = results(dashboard)
    table = page.dataframe[1].value
    assert table.iloc[0].to_dict() == {
        "Person": "ann",
        "Other": "bob",
        "Galaxies": 12,
        "Agree": "83%",
        "Kappa": "0.67",
        "95% interval": table["95% interval"][0],
        "Left out": 0,
    }
    low, high = map(float, table["95% interval"][0].split(" to "))
    assert low < 0.67 < high <= 1
    assert "No galaxy has been answered twice yet" in said(page)


def test_the_galaxies_with_an_answer_become_a_subset(answered, names, con, dashboard):
    page = results(dashboard)
    page.selectbox(key="label_whose").set_value("ann").run()
    tiles = component(page, "gallery")["tiles"]
    assert [tile["iauname"] for tile in tiles] == names[:8]
    form = f"save_label_{page.query_params['label_question']}_Ring"
    page.text_input(key=f"{form}_name").set_value("My rings")
    page.button(key=f"{form}_save").click().run()
    assert not page.exception
    (kept,) = saved.subsets(con)
    assert (kept.name, kept.kind) == ("My rings", "labels")
    assert saved.members(con, kept.subset_id).tolist() == names[:8]
    assert kept.recipe["words"] == (
        "labelled “Ring” by ann for the question “Is there a ring?”"
    )
    other = opened(dashboard, "subsets/subsets.py")
    assert not other.exception
    assert other.radio(key="subset").captions == ["8, labelled by people"]
    saved.delete(con, kept.subset_id)


def test_galaxies_of_another_release_are_left_out_of_a_subset(
    file, queue, names, dashboard
):
    file.append([act("ann", name, "Ring") for name in [*names[:3], "J1", "J2"]])
    page = results(dashboard)
    assert "small-demo has 3 of these 5 galaxies" in said(page)
    assert button(page, "Save 3 galaxies")


def test_a_half_line_is_reported(queue, answered, file, ring, morph_home, dashboard):
    path = morph_home / "labels" / f"{ring.question_id}.jsonl"
    with path.open("a") as writer:
        writer.write('{"act_id": "half')
    page = opened(dashboard, PATH)
    (warning,) = [one.value for one in page.warning]
    assert "are not counted (27)" in warning
    assert len(file.acts) == 26


def table(dashboard):
    return opened(dashboard, PATH, {"label_view": "Table"})


def upload(page, name, data):
    page.file_uploader(key="label_table_0").upload(name, data)
    return page.run()


def test_a_table_of_labels_comes_back_into_an_empty_question(
    answered, con, ring, file, morph_home, dashboard
):
    wrong = act("ann", answered[0].iauname, "No ring", queue="q2aaa")
    file.append([wrong, undo(wrong)])
    before = counting(file.acts)
    made = labels_export(RING, file.acts, [], format="parquet", name="l")
    saved_questions.delete(con, ring.question_id)
    other = saved_questions.create(con, RING)
    page = upload(table(dashboard), made.name, made.data)
    assert not page.exception
    button(page, "Import 28 rows").click().run()
    assert not page.exception
    path = morph_home / "labels" / f"{other.question_id}.jsonl"
    assert counting(AnswersFile(path).acts) == before
    assert page.toast[0].value == "28 rows imported."


def test_the_same_table_again_has_nothing_new(answered, file, dashboard):
    made = labels_export(RING, file.acts, [], format="csv", name="l")
    page = upload(table(dashboard), made.name, made.data)
    assert "26 rows are here already" in said(page)
    assert button(page, "Import 0 rows").disabled


def test_a_table_of_another_question_leads_to_it(con, ring, queue, dashboard):
    bar = question("Is there a bar?", "one", ["Bar", "No bar"])
    made = labels_export(bar, [act("ann", "J1", "Bar")], [], format="csv", name="l")
    page = upload(table(dashboard), made.name, made.data)
    assert "1 row answers another question, which is not here" in page.warning[0].value
    other = saved_questions.create(con, bar)
    page.run()
    assert "1 row answers the question “Is there a bar?”" in page.warning[0].value
    page.selectbox(key="label_question").set_value(ring.question_id).run()
    button(page, "Open “Is there a bar?”").click().run()
    assert page.selectbox(key="label_question").value == other.question_id


def test_a_table_of_other_galaxies_says_so(queue, file, names, dashboard):
    rows = f"iauname,answer,who\n{names[0]},Ring,ann\nJ0,Ring,ann\n"
    page = upload(table(dashboard), "mine.csv", rows.encode())
    (warning,) = [one.value for one in page.warning]
    assert "small-demo lacks 1 of 2 galaxies" in warning
    page.toggle(key="label_only_here").set_value(True).run()
    button(page, "Import 1 row").click().run()
    assert [one.iauname for one in file.acts] == [names[0]]


def test_contradictions_can_be_settled(queue, file, names, dashboard):
    here = act("ann", names[0], "Ring", when="2026-12-01T00:00:00.000+00:00")
    file.append([here])
    rows = f"iauname,answer,who\n{names[0]},No ring,ann\n{names[1]},Ring,ann\n"
    page = upload(table(dashboard), "mine.csv", rows.encode())
    (warning,) = [one.value for one in page.warning]
    assert "In 1 row the answer differs from that of the same person here" in warning
    page.radio(key="label_meeting").set_value("Keep the answers that are here").run()
    button(page, "Import 1 row").click().run()
    kept = {key[1]: one.answer for key, one in counting(file.acts).items()}
    assert kept == {names[0]: ("Ring",), names[1]: ("Ring",)}


def test_wrong_rows_and_wrong_files_are_said(queue, file, names, dashboard):
    rows = f"iauname,answer,who\n{names[0]},Rings,ann\n{names[1]},Ring,ann\n"
    page = upload(table(dashboard), "mine.csv", rows.encode())
    assert "1 of 2 rows cannot be imported" in page.warning[0].value
    assert "Row 1: 'Rings' is no answer to “Is there a ring?”" in said(page)
    button(page, "Import 1 row").click().run()
    assert len(file.acts) == 1
    page.file_uploader(key="label_table_1").upload("x.csv", b"a,b\n1,2\n")
    page.run()
    assert not page.exception
    assert "x.csv has no column 'iauname'" in page.error[0].value


def test_nothing_is_loaded(empty_home, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    assert "No galaxies yet" in [one.value for one in page.title]
