"""Metadata of the file of a figure: title, caption, and how to make it again."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FORMATS = {  # words and MIME type
    "pdf": ("PDF", "application/pdf"),
    "svg": ("SVG", "image/svg+xml"),
    "png": ("PNG", "image/png"),
    "csv": ("CSV", "text/csv"),
}


@dataclass(frozen=True)
class About:
    """What the file of a figure says of it; ``recipe`` is how to make it again."""

    title: str
    caption: str
    recipe: Mapping[str, str]

    @property
    def text(self) -> str:
        """Caption and recipe, a line each."""
        return "\n".join([self.caption, "", *self._lines()])

    def _lines(self) -> list[str]:
        return [f"{name}: {value}" for name, value in self.recipe.items() if value]

    def metadata(self, form: str) -> dict[str, object]:
        """For ``savefig``, by the names that the format has for them."""
        recipe, made_by = "; ".join(self._lines()), software()
        if form == "pdf":
            return {
                "Title": self.title,
                "Subject": self.caption,
                "Keywords": recipe,
                "Creator": made_by,
                "CreationDate": None,  # the same figure is the same file
            }
        if form == "svg":
            text = f"{self.caption}\n{recipe}"
            about = {"Title": self.title, "Description": text, "Date": None}
            return about | {"Creator": made_by}
        about = {"Title": self.title, "Description": self.caption, "Comment": recipe}
        return about | {"Software": made_by}


@cache
def software() -> str:
    """``morph``, with the commit of its checkout where git knows it."""
    folder = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        found = ""
    return f"morph {found}".strip()


def file_name(*parts: str) -> str:
    """A name without extension, of letters, digits, dots, hyphens and underscores."""
    text = "_".join(part for part in parts if part)
    return re.sub(r"[^\w.-]+", "_", text).strip("_.") or "figure"
