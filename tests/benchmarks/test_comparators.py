"""The page of the old style selects the same galaxies as brute force."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from data.synthetic.release import synthetic_release
from tests import plain_counts
from tests.benchmarks import comparators

PAGE = Path(__file__).with_name("old_style_page.py")


def test_counts_steps_and_images(tmp_path, monkeypatch):
    synthetic_release(tmp_path / "release", galaxies=1500)
    plain = plain_counts.read(tmp_path / "release")
    table = comparators.flat_table(plain, {plain.shares.index[0]: "0.jpg"})
    table.to_parquet(tmp_path / "table.parquet")
    monkeypatch.setattr("sys.argv", ["page", str(tmp_path / "table.parquet")])
    page = AppTest.from_file(str(PAGE)).run()
    assert not page.exception
    assert page.markdown[0].value == "**1,500** of 1,500 galaxies"
    assert page.markdown[-1].value.count("<img") == 1
    limits = {"bar_strong": (0.2, 1.0), "bar_weak": (0.0, 0.4)}
    for label, ends in limits.items():
        page.slider(key=label).set_value(ends)
    page.run()
    count, steps, images = (one.value for one in page.markdown)
    true = plain.steps(limits)
    assert count == f"**{true[-1]:,}** of 1,500 galaxies"
    assert [step.split(": ")[-1] for step in steps.split("; ")][-1] == f"{true[-1]:,}"
    assert images.count("<span") + images.count("<img") == min(48, true[-1])
