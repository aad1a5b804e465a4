"""Files that are broken, empty or hostile: a sentence, and the dashboard goes on."""

import gzip
import json
import pickle
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest
from playwright.sync_api import Page, expect

from morph.home import release_folder
from morph.runs.demo_status import demo_folder
from tests import plain_counts
from tests.browser.looking import expect_count, settled

pytestmark = pytest.mark.browser

RELEASE = "demo-bmz"
MORE_MEMORY = 300_000_000  # bytes that the dashboard may keep of all this


def fits_claiming(rows: int) -> bytes:
    """A FITS file whose header claims a table of so many rows and has none."""
    first = ["SIMPLE  =                    T", "BITPIX  =                    8"]
    first += ["NAXIS   =                    0", "EXTEND  =                    T", "END"]
    table = ["XTENSION= 'BINTABLE'", "BITPIX  =                    8"]
    table += ["NAXIS   =                    2", "NAXIS1  =                    8"]
    table += [f"NAXIS2  = {rows:>20}", "PCOUNT  =                    0"]
    table += ["GCOUNT  =                    1", "TFIELDS =                    1"]
    table += ["TTYPE1  = 'ra      '", "TFORM1  = 'D       '", "END"]
    return b"".join(_cards(cards) for cards in (first, table))


def image_claiming(side: int) -> bytes:
    """A FITS file whose header claims an image of so many pixels a side."""
    cards = ["SIMPLE  =                    T", "BITPIX  =                  -64"]
    cards += ["NAXIS   =                    3", f"NAXIS1  = {side:>20}"]
    cards += [f"NAXIS2  = {side:>20}", "NAXIS3  =                    3", "END"]
    return _cards(cards)


def _cards(cards: list[str]) -> bytes:
    text = "".join(card.ljust(80) for card in cards)
    return text.ljust(-(-len(text) // 2880) * 2880).encode()


def zip_bomb() -> bytes:
    """A megabyte that unzips to more than a gigabyte."""
    part = gzip.compress(b"1,2\n" * 25_000_000)
    return gzip.compress(b"ra,dec\n") + part * 12


def hostile_png() -> bytes:
    """A PNG of 80 bytes that claims 60,000 by 60,000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d))
        for k, d in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + body


LISTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.csv": (lambda: b"", "empty"),
    "broken.fits": (lambda: fits_claiming(3)[:-2000], "broken|cut off|cannot be read"),
    "pickle.fits": (lambda: pickle.dumps({"ra": [1]}), "pickle.fits"),
    "bomb.csv.gz": (zip_bomb, "unzips to over|at most"),
    "huge.fits": (lambda: fits_claiming(10**15), "huge.fits (declares|is a broken)"),
}
PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.jpg": (lambda: b"", "is empty"),
    "broken.png": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "a broken PNG file"),
    "script.jpg": (
        lambda: b"<script>alert(1)</script>",
        "not a JPEG, PNG, TIFF or FITS",
    ),
    "bomb.png": (hostile_png, "4,096 pixels per side"),
    "pickle.fits": (lambda: pickle.dumps({"ra": [1]}), "not a JPEG, PNG, TIFF or FITS"),
    "table.fits": (lambda: fits_claiming(10**15), "table.fits cannot be used"),
    "claims.fits": (lambda: image_claiming(10**6), "claims.fits cannot be used"),
    "bomb.fits.gz": (zip_bomb, "unpacks to over 100 MB"),
}


@pytest.fixture
def steady(demo):
    """The dashboard's process is the same afterwards, and has not grown much."""
    record = json.loads((demo_folder(demo.root) / "dashboard.json").read_text())
    process = psutil.Process(record["pid"])
    before = process.memory_info().rss
    yield
    assert process.is_running()
    assert process.memory_info().rss - before < MORE_MEMORY


def expect_sentence(page: Page, pattern: str) -> None:
    """The page says what is wrong with a file, and is otherwise as it was."""
    told = page.get_by_role("alert").filter(has_text=re.compile(pattern, re.IGNORECASE))
    expect(told.first).to_be_visible(timeout=120_000)
    assert "Traceback" not in page.inner_text("body")
    assert page.get_by_test_id("stException").count() == 0


def given(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def larger_than_60_mb(folder: Path, name: str) -> Path:
    path = folder / name
    with path.open("wb") as file:
        file.truncate(60_000_001)
    return path


def test_lists_that_cannot_be_used(demo, page: Page, steady, tmp_path):
    released = plain_counts.read(release_folder(demo.root, RELEASE))
    page.goto(f"{demo.url}/subsets")
    page.get_by_role("tab", name="Upload a list").click()
    field = page.locator(".st-key-list_upload input[type=file]")
    for name, (make, says) in LISTS.items():
        field.set_input_files(given(name, make()))
        expect_sentence(page, says)
    field.set_input_files(larger_than_60_mb(tmp_path, "large.csv"))
    expect_sentence(page, "50.*MB or smaller")
    names = sorted(released.shares.index)[:5]
    field.set_input_files(given("good.txt", "\n".join(names).encode()))
    expect(page.get_by_role("button", name="Save 5 galaxies")).to_be_visible()
    expect_count(page, released, len(released.shares))


def test_pictures_that_cannot_be_used(demo, page: Page, steady, tmp_path):
    page.goto(f"{demo.url}/similar")
    field = page.locator(".st-key-upload input[type=file]")
    for name, (make, says) in PICTURES.items():
        field.set_input_files(given(name, make()))
        expect_sentence(page, says)
    field.set_input_files(larger_than_60_mb(tmp_path, "large.png"))
    expect_sentence(page, "5.*MB or smaller")
    expect(page.locator("a.tile").first).to_be_visible()


def test_names_that_are_code_stay_text(demo, page: Page, tmp_path):
    """Formulas for spreadsheets and HTML, in headers, cells and the file's name."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    released = plain_counts.read(release_folder(demo.root, RELEASE))
    known = min(released.shares.index)
    html = "<img src=x onerror=alert(1)>"
    rows = ["name,<script>alert(2)</script>", f"{known},1", f"{html},2"]
    rows += ["=cmd|' /C calc'!A0,3", "+1+1,4", "@SUM(1),5"]
    page.goto(f"{demo.url}/subsets")
    page.get_by_role("tab", name="Upload a list").click()
    field = page.locator(".st-key-list_upload input[type=file]")
    field.set_input_files(given(f"{html}.csv", "\n".join(rows).encode()))
    expect(page.get_by_role("button", name="Save 1 galaxy")).to_be_visible()
    settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download match report").click()
    report = pd.read_csv(coming.value.path(), dtype=str)
    assert report["state"].tolist() == ["matched", *["unmatched"] * 4]
    assert not set(report["given_name"].str[0]) & set("=+@-")
    assert not asked
    assert page.locator("img[src=x]").count() == 0
