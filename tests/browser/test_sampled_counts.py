"""A browser counts in a sample of a large release while an end is moved, with an error.

The sample has a million rows; here the server is told a thousand, of 3,000 galaxies.
"""

import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from data.load_or_wait import enter
from data.synthetic.release import synthetic_release
from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import FIRST_VISIT_MS, expect_count, settled
from tests.browser.serving import free_port
from tests.browser.test_sliders import dragged, end_of, funnel, shown
from tests.plain_counts import Plain

pytestmark = pytest.mark.browser

GALAXIES, ROWS = 3000, 1000
SMOOTH, FEATURED = "smooth-or-featured_smooth", "smooth-or-featured_featured-or-disk"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
SERVE = f"""
import sys
from morph.selection.in_memory import slider_codes
slider_codes.MOST_ROWS = {ROWS}
from streamlit.web import cli
cli.main(["run", "app.py", "--server.headless", "true", *sys.argv[1:]])
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("large")
    synthetic_release(
        release_folder(root, "large"), galaxies=GALAXIES, release_id="large"
    )
    enter(root, "large", print)
    return root


@pytest.fixture(scope="module")
def plain(home) -> Plain:
    return plain_counts.read(release_folder(home, "large"))


@pytest.fixture(scope="module")
def url(chromium: str, home) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, "--server.port", str(port)],
        cwd=ROOT,
        env=os.environ | {"MORPH_HOME": str(home)},
    ) as server:
        try:
            _wait_until_served(port)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def _wait_until_served(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/_stcore/health").close()
            return
        except URLError:
            assert time.monotonic() < end, "the dashboard did not start"
            time.sleep(0.2)


def error_of(count: int) -> int:
    """Half of the 95% interval of a count scaled from a sample without replacement."""
    share = count / GALAXIES
    left_out = 1 - ROWS / GALAXIES
    return round(1.96 * GALAXIES * math.sqrt(share * (1 - share) * left_out / ROWS))


def test_a_sample_counts_with_its_error_and_then_the_server_exactly(
    url, plain, page: Page
):
    page.goto(f"{url}/explore?{FEATURED}=0.1&{FEATURED}=1", timeout=FIRST_VISIT_MS)
    settled(page)
    expect_count(page, plain, plain.steps({FEATURED: (0.1, 1.0)})[-1])
    far, limits = [], {}
    for low in dragged(page, end_of(page, "Smooth"), (30, 70, 50)):
        limits = {FEATURED: (0.1, 1.0), SMOOTH: (low, 1.0)}
        count, error = map(_number, shown(page).split(" ± "))
        assert count % (GALAXIES // ROWS) == 0
        assert error == error_of(count)
        assert funnel(page)[0] == GALAXIES and funnel(page)[-1] == count
        far.append(abs(count - plain.steps(limits)[-1]) / error)
    assert len(far) == 3 and max(far) < 1.6 and min(far) < 1  # 1.6: three sigma
    while_moved = re.escape(f"{count:,} ± {error:,}")
    number = plain.steps(limits)[-1]
    expect_count(page, plain, number)
    settled(page)
    assert funnel(page)[-1] == number
    said = page.get_by_text(
        re.compile(f"{number:,} galaxies; while it was moved: {while_moved}")
    )
    expect(said).to_have_count(1)


def _number(text: str) -> int:
    return int(text.replace(",", ""))
