"""How a subset was made, and when, in words."""

from morph.subsets.saved import Subset

KINDS = {
    "filter": "by filters",
    "region": "by a region",
    "similar": "by similarity",
    "pins": "pinned",
    "list": "an uploaded list",
    "algebra": "combined",
}


def when(found: Subset) -> str:
    """The day and minute it was made."""
    return f"{found.created[:10]} {found.created[11:16]} UTC"
