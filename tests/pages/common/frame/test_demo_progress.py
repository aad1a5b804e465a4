"""Progress of the demonstration's build, on pages that show galaxies already."""

import json

import pytest

from morph.catalogue import sync
from morph.runs.demo_status import (
    DemoState,
    DemoStep,
    building,
    demo_folder,
    read_demo,
    write_demo,
)
from pages.common.frame.demo_progress import in_one_line
from pages.common.server import database
from tests.pages.conftest import make_home
from tests.pages.opening import opened

PATH = "overview/overview.py"
STEPS = (
    DemoStep("first", "First galaxies", "finished", 30.0, 1.0, 0.25),
    DemoStep("survey", "Two surveys", "running", 10.0, 0.5, 0.5),
    DemoStep("load", "Load", share=0.25),
)
BUILDING = DemoState("building", STEPS, eta_s=250.0, galaxies=8000)


def lines(page) -> list[str]:
    texts = [bar.proto.text for bar in page.get("progress")]
    return [text for text in texts if "The full demonstration" in text]


def test_overview_has_one_line_while_a_build_runs_and_none_after_it(
    empty_home, dashboard
):
    make_home(empty_home)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    with building(empty_home):
        write_demo(empty_home, BUILDING)
        page = opened(dashboard, PATH)
        assert not page.exception
        assert lines(page) == [
            "The full demonstration of 8,000 galaxies is being built: step 2 of 3, "
            "about 4 min left"
        ]
        assert page.get("progress")[0].proto.value == 50  # it is the first
    page.run()  # the build was killed
    assert not lines(page)
    with building(empty_home):
        write_demo(empty_home, DemoState("finished", STEPS))
        assert not lines(page.run())


def test_nothing_is_shown_of_a_demonstration_never_begun(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert not page.get("progress")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((DemoStep("a", "A"), DemoStep("b", "B")), "step 1 of 2"),
        ((DemoStep("a", "A", "finished"), DemoStep("b", "B")), "step 2 of 2"),
        ((DemoStep("a", "A", "finished"),), "step 1 of 1"),
    ],
)
def test_between_steps_the_next_one_is_named(steps, expected):
    text = in_one_line(DemoState("building", steps))
    assert text == f"The full demonstration is being built: {expected}"


def test_the_status_of_an_earlier_version_is_read(tmp_path):
    """It says whether the demonstration is small, but not how many galaxies it has."""
    write_demo(tmp_path, DemoState("finished", STEPS))
    path = demo_folder(tmp_path) / "status.json"
    value = json.loads(path.read_text())
    del value["galaxies"]
    path.write_text(json.dumps(value | {"small": True}))
    assert read_demo(tmp_path) == DemoState("finished", STEPS)
