"""What an address gives: its count, what was left out, what went wrong.

``addresses.txt`` holds a line for each address that was opened at commit b8d0659: the
address, the galaxies counted ("-" on pages without a count), and the parameters that a
notice said were left out ("-" for none), separated by tabs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest

from tests.pages.opening import opened, toasts

PAGES = Path(__file__).parents[2] / "pages"
_COUNT = re.compile(r"\*\*([\d,]+)")


@dataclass(frozen=True)
class Seen:
    """What a page showed: galaxies counted, parameters left out, and errors."""

    count: str
    left_out: str
    errors: tuple[str, ...] = ()


def recorded() -> Iterator[tuple[str, Seen]]:
    """Each address with what it gave."""
    text = (Path(__file__).parent / "addresses.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        address, count, left_out = line.split("\t")
        yield address, Seen(count, left_out)


def see(page: AppTest, address: str, pages: Path = PAGES) -> Seen:
    """Open an address, as a session begins with it."""
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True)
    opened(page, file_of(parts.path, pages), query)
    errors = [error.message for error in page.exception]
    if parts.path != "runs":  # which shows why a run failed
        errors += [error.value for error in page.error]
    counts = [_COUNT.match(markdown.value) for markdown in page.markdown]
    count = next((found[1] for found in counts if found), "-")
    return Seen(count, _left_out(page, query), tuple(errors))


def file_of(name: str, pages: Path = PAGES) -> str:
    """The file of the page of that name, beside its folder's ``common``."""
    (path,) = (p for p in pages.glob(f"*/{name}.py") if p.parent.name != "common")
    return path.relative_to(pages).as_posix()


def _left_out(page: AppTest, query: dict[str, list[str]]) -> str:
    """Names of the parameters with which a notice begins."""
    begins = {re.split(r"[= ]", text)[0] for text in toasts(page)}
    return " ".join(sorted(begins & set(query))) or "-"
