"""The job of a new run: what its fields refuse, and what is then asked of Slurm."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from morph.atomic import write_json
from morph.runs.lifecycle import read_run
from morph.runs.run_files import STATUS, read_json
from tests.morph.new_run.small_home import fill
from tests.morph.runs.fake_slurm import FakeSlurm, slurm_on_path
from tests.pages.opening import opened, toasts

PATH = "runs/runs.py"
NEW = {"runs_view": "New run"}
WAITS = "12|morph-smoke-1|PENDING|Resources||gpu"


@pytest.fixture
def slurm(empty_home, tmp_path_factory, monkeypatch) -> FakeSlurm:
    """A home with stores beside Slurm's commands, which accept any job as job 12."""
    fill(empty_home)
    commands = slurm_on_path(tmp_path_factory.mktemp("slurm"), monkeypatch)
    commands.answers("sbatch", "12\n")
    commands.queue(WAITS)
    return commands


@pytest.fixture
def form(slurm, dashboard) -> AppTest:
    """The form of a new run that is to be a Slurm job."""
    page = opened(dashboard, PATH, NEW)
    page.button_group(key="runs_where").set_value("Slurm").run()
    return page


def elements(block) -> Iterator:
    """All elements of a page, in its order."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from elements(child)
        else:
            yield child


def beside(page: AppTest, setting: str) -> str:
    """The text directly below the field of a setting of the job; "" if there is none.

    Another field there has nothing to say about this one.
    """
    drawn = list(elements(page.main))
    keys = [getattr(one, "key", None) for one in drawn]
    below = drawn[keys.index(f"job_{setting}") + 1]
    return below.value if below.type == "markdown" else ""


def test_what_cannot_be_a_name_is_refused_beside_its_field(form, slurm):
    wrong = {
        "partition": "gpu; touch x",
        "account": "two words",
        "qos": "$(touch x)",
        "constraint": "a\nb",
    }
    for setting, name in wrong.items():
        assert beside(form, setting) == ""
        form.text_input(key=f"job_{setting}").set_value(name).run()
        assert f"{setting} is " in beside(form, setting)
        assert "expected at most 128 letters, digits" in beside(form, setting)
        assert form.button(key="start_new").disabled
        form.text_input(key=f"job_{setting}").set_value("gpu").run()
        assert beside(form, setting) == ""
        assert not form.button(key="start_new").disabled
    assert slurm.calls("sbatch") == []


def test_a_wrong_number_is_refused_beside_its_field(form):
    for setting, value, right, said in (
        ("minutes", 0, 60, "minutes is 0; expected a value from 1 to 525600"),
        ("gpus", -1, 1, "gpus is -1; expected a value from 0 to 64"),
        ("gpus", 2, 1, "the job requests 2 GPUs per machine"),
        ("nodes", 2, 1, "the job requests 2 machines"),
    ):
        form.number_input(key=f"job_{setting}").set_value(value).run()
        assert said in beside(form, setting)
        assert form.button(key="start_new").disabled
        form.number_input(key=f"job_{setting}").set_value(right).run()
        assert beside(form, setting) == ""
        assert not form.button(key="start_new").disabled


def test_a_job_shorter_than_its_warning_is_refused_beside_the_warning(form):
    form.number_input(key="job_minutes").set_value(1).run()
    assert "the job has only 1 min" in beside(form, "stop_before_s")
    assert form.button(key="start_new").disabled


def test_every_wrong_setting_is_counted(form):
    form.number_input(key="job_minutes").set_value(0).run()
    form.text_input(key="job_account").set_value("a b").run()
    shown = " ".join(one.value for one in form.markdown)
    assert "2 settings are missing or wrong." in shown


def test_what_the_form_says_is_what_slurm_is_asked_for(form, slurm, empty_home):
    form.text_input(key="job_partition").set_value("gpu,big").run()
    form.text_input(key="job_account").set_value("sky").run()
    form.text_input(key="job_constraint").set_value("a100|h100").run()
    form.number_input(key="job_minutes").set_value(90).run()
    form.number_input(key="job_memory_gb").set_value(32).run()
    form.button(key="start_new").click().run()
    assert not form.exception
    folder = empty_home / "runs" / "smoke-1"
    record = read_json(folder / "slurm.json")
    assert record["job"] == "12"
    given = {"partition": "gpu,big", "account": "sky", "constraint": "a100|h100"}
    given |= {"minutes": 90, "memory_gb": 32, "gpus": 1, "nodes": 1, "qos": ""}
    assert record["settings"] | given == record["settings"]
    assert slurm.calls("sbatch") == [["--parsable", str(folder / "slurm.sh")]]
    asked = {
        line.removeprefix("#SBATCH ")
        for line in (folder / "slurm.sh").read_text().splitlines()
        if line.startswith("#SBATCH ")
    }
    assert asked >= {
        "--partition=gpu,big",
        "--account=sky",
        "--constraint='a100|h100'",
        "--time=90",
        "--mem=32G",
        "--gpus-per-node=1",
        "--job-name=morph-smoke-1",
    }
    state = read_run(folder)
    assert state.state == "queued"
    assert state.message == "waiting for resources in partition gpu"


def test_a_refusal_of_slurm_is_said_and_kept_with_the_run(form, slurm, empty_home):
    error = "sbatch: error: Batch job submission failed: Invalid account\n"
    slurm.answers("sbatch", error=error, status=1)
    form.text_input(key="job_account").set_value("nobody").run()
    form.button(key="start_new").click().run()
    assert "Invalid account" in toasts(form)[0]
    state = read_run(empty_home / "runs" / "smoke-1")
    assert state.state == "failed" and "Invalid account" in state.error


def test_a_run_here_asks_nothing_of_slurm(form, slurm, empty_home, monkeypatch):
    form.text_input(key="job_account").set_value("a b").run()  # of no account here
    form.button_group(key="runs_where").set_value("This computer").run()
    started = []
    monkeypatch.setattr(
        "morph.runs.lifecycle.start_run",
        lambda folder: (
            started.append(folder),
            write_json(folder / STATUS, {"state": "finished"}),
        ),
    )
    form.button(key="start_new").click().run()
    assert [folder.name for folder in started] == ["smoke-1"]
    assert not (started[0] / "slurm.json").exists()
    assert slurm.calls("sbatch") == []


def test_without_slurm_there_is_no_choice(empty_home, dashboard, monkeypatch):
    fill(empty_home)
    monkeypatch.setenv("PATH", str(empty_home))
    page = opened(dashboard, PATH, NEW)
    assert "runs_where" not in page.session_state
    assert not page.button(key="start_new").disabled
