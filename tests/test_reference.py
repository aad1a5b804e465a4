"""The generated page of docs; examples and links of all pages."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from morph.runs.config import KINDS, read_config
from tests import reference

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLE = re.compile(r"^    (\{\"kind\".*?\})\n\n", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


@dataclass(frozen=True)
class Example:
    """Fields with a comment after, above, around, and none."""

    after: int = 1  # one
    # two
    above: int = 2
    # three
    both: tuple[int, ...] = (
        3,
        3,
    )  # times
    bare: int = 4


def test_the_reference_is_what_the_code_says():
    assert reference.PAGE.read_text(encoding="utf-8") == reference.text(), (
        "run python -m tests.reference"
    )


def test_fields_are_explained_by_their_comments():
    found = reference.field_comments(Example)
    assert found == {"after": "one", "above": "two", "both": "three times", "bare": ""}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        found = page.parent / target if target else page
        assert found.is_file(), target
        assert not anchor or anchor in anchors(found), f"{target}#{anchor}"


def test_examples_of_runs_can_be_read():
    texts = [text for page in PAGES for text in EXAMPLE.findall(page.read_text())]
    configs = [json.loads(re.sub(r"\b[A-Z-]{3,}\b", "name", text)) for text in texts]
    kinds = {read_config(config).kind for config in configs}
    assert kinds == set(KINDS)


def anchors(page: Path) -> set[str]:
    """Of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}
