"""How a subset was made, in words."""

KINDS = {
    "filter": "by filters",
    "region": "by a region",
    "similar": "by similarity",
    "pins": "pinned",
    "list": "an uploaded list",
    "algebra": "combined",
}
