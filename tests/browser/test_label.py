"""Labelling the whole way: a question, thirty galaxies, a killed server, out and in."""

import json
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from data.demo.dashboard import dashboard
from data.synthetic.release import synthetic_release, write_cutouts
from morph.home import cutouts_folder, release_folder
from tests.browser.looking import settled
from tests.browser.serving import free_port

pytestmark = pytest.mark.browser

RELEASE, GALAXIES, LABELLED = "pictured", 120, 30
KILLED_AT, UNDONE_AT = 12, 20
ANSWERS = ("Strong", "Weak", "None")
AWAY_MS = 60_000


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A home with a release in which every galaxy has an image."""
    root = tmp_path_factory.mktemp("labels")
    release = release_folder(root, RELEASE)
    synthetic_release(
        release, galaxies=GALAXIES, release_id=RELEASE, cutouts=(RELEASE,)
    )
    write_cutouts(cutouts_folder(root, RELEASE), release, count=GALAXIES)
    return root


@pytest.fixture
def tab(browser: Browser):
    """A tab whose console may say that the server is away."""
    context = browser.new_context(
        viewport={"width": 1400, "height": 1000}, accept_downloads=True
    )
    yield context.new_page()
    context.close()


def test_answers_survive_a_killed_server_and_come_back_from_a_file(
    root, tab: Page, tmp_path
):
    port = free_port()
    with dashboard(root, port) as running:
        begin(tab, running.url)
        given = [label(tab, number) for number in range(KILLED_AT)]
        running.process.kill()
        running.process.wait()
        tab.keyboard.press(key_of(KILLED_AT))
        status = tab.locator(".label_queue .status")
        expect(status).to_contain_text("Not saved yet")
        expect(queue_at(tab, KILLED_AT)).to_be_visible()  # it does not go on
    with dashboard(root, port) as running:
        expect(queue_at(tab, KILLED_AT + 1)).to_be_visible(timeout=AWAY_MS)
        expect(status).to_contain_text("Saved")
        given.append(ANSWERS[KILLED_AT % 3])
        assert answers_on_disk(root) == given
        expect(tab.get_by_role("dialog")).to_have_count(0, timeout=AWAY_MS)
        given += [label(tab, n) for n in range(KILLED_AT + 1, UNDONE_AT)]
        tab.keyboard.press(key_of(UNDONE_AT + 1))
        expect(queue_at(tab, UNDONE_AT + 1)).to_be_visible()
        tab.keyboard.press("u")
        expect(queue_at(tab, UNDONE_AT)).to_be_visible()
        given += [label(tab, n) for n in range(UNDONE_AT, LABELLED)]
        assert answers_on_disk(root) == given
        resumed(tab, running.url)
        counts = Counter(given)
        out_and_in(tab, counts, tmp_path)


def begin(tab: Page, url: str) -> None:
    """Make the question and its queue, with every galaxy once, and give a name."""
    tab.goto(f"{url}/label", timeout=AWAY_MS)
    settled(tab)
    tab.get_by_label("Question", exact=True).fill("Is there a bar?")
    tab.get_by_label("Answers, one per line").fill("\n".join(ANSWERS))
    tab.get_by_label("Answers, one per line").blur()
    settled(tab)
    tab.get_by_role("button", name="Create question").click()
    expect(tab.get_by_text("No queue yet")).to_be_visible()
    settled(tab)
    twice = tab.get_by_role("spinbutton", name="Shown twice (%)")
    twice.fill("0")
    twice.press("Enter")
    settled(tab)
    tab.get_by_role("button", name="Draw the queue").click()
    tab.get_by_label("Your name").fill("Ann")
    tab.get_by_label("Your name").press("Enter")
    expect(queue_at(tab, 0)).to_be_visible()
    shown = tab.locator(".label_queue figure img")
    assert shown.evaluate("image => image.naturalWidth") > 0
    assert "J" not in shown.get_attribute("src")  # blind: no name in the address


def queue_at(tab: Page, number: int):
    return tab.locator(f".label_queue[data-number='{number}']")


def key_of(number: int) -> str:
    return str(1 + number % 3)


def label(tab: Page, number: int) -> str:
    """Answer by key, and wait for the next image."""
    expect(queue_at(tab, number)).to_be_visible()
    tab.keyboard.press(key_of(number))
    expect(queue_at(tab, number + 1)).to_be_visible()
    return ANSWERS[number % 3]


def answers_on_disk(root: Path) -> list[str]:
    """The answer that stands at each place, read as plain JSON."""
    (path,) = (root / "labels").glob("*.jsonl")
    standing: dict[int, str] = {}
    for line in path.read_text().splitlines():
        act = json.loads(line)
        if act["kind"] == "undo":
            del standing[act["number"]]
        else:
            (standing[act["number"]],) = act["answer"]
    assert list(standing) == list(range(len(standing)))
    return list(standing.values())


def resumed(tab: Page, url: str) -> None:
    """A new visit goes on where the last one stopped, under the same name."""
    tab.goto(f"{url}/label", timeout=AWAY_MS)
    expect(queue_at(tab, LABELLED)).to_be_visible()
    expect(tab.get_by_label("Your name")).to_have_value("Ann")
    tab.keyboard.press("ArrowLeft")
    expect(queue_at(tab, LABELLED - 1)).to_be_visible()
    pressed = tab.locator(".label_queue [aria-pressed=true]")
    expect(pressed).to_contain_text(ANSWERS[(LABELLED - 1) % 3])


def out_and_in(tab: Page, counts: Counter, folder: Path) -> None:
    """Export question and labels, delete the question, and import both again."""
    expect_counts(tab, counts)
    open_view(tab, "Table")
    with tab.expect_download() as labels:
        tab.get_by_role("button", name=f"Download {LABELLED + 2} rows").click()
    labels.value.save_as(folder / "labels.fits")
    tab.get_by_role("button", name="Manage").click()
    with tab.expect_download() as question:
        tab.get_by_role("button", name="Export question").click()
    question.value.save_as(folder / "question.json")
    tab.get_by_text("Delete this question").click()
    tab.get_by_role("button", name="Delete", exact=True).click()
    expect(tab.get_by_text("No questions yet")).to_be_visible()
    tab.locator("input[type=file]").set_input_files(folder / "question.json")
    expect(tab.get_by_role("button", name="Manage")).to_be_visible()
    settled(tab)
    open_view(tab, "Table")
    tab.get_by_test_id("stMain").locator("input[type=file]").last.set_input_files(
        folder / "labels.fits"
    )
    tab.get_by_role("button", name=f"Import {LABELLED + 2} rows").click()
    expect(tab.get_by_text(f"{LABELLED + 2} rows imported.")).to_be_visible()
    settled(tab)
    expect_counts(tab, counts)


def open_view(tab: Page, name: str) -> None:
    tab.locator(".st-key-label_view").get_by_text(name, exact=True).click()
    settled(tab)


def expect_counts(tab: Page, counts: Counter) -> None:
    """The numbers of galaxies, as the choice among the answers says them."""
    open_view(tab, "Results")
    tab.locator("[class*=st-key-label_answer] input").click()
    for answer, number in counts.items():
        option = tab.get_by_role("option", name=f"{answer} ({number})", exact=True)
        expect(option).to_be_visible()
    tab.keyboard.press("Escape")
