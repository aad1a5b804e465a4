"""Other trees than that of Galaxy Zoo DECaLS, to test that trees are data."""

import json
from pathlib import Path

from morph.trees.decision_tree import TREES, DecisionTree, read_tree

GZ2 = TREES["gz2"]

# Made up: a question with one answer that leads on, none with a triangle, no samples.
INVENTED = {
    "name": "shapes",
    "title": "Shapes of stars",
    "questions": [
        {
            "name": "round",
            "title": "Roundness",
            "answers": [
                {"name": "yes", "words": "Round"},
                {"name": "no", "words": "Elongated"},
            ],
        },
        {
            "name": "spikes",
            "title": "Spikes",
            "asked_after": ["round_no"],
            "answers": [
                {"name": "some", "words": "Spikes"},
                {"name": "none", "words": "No spikes"},
            ],
        },
    ],
}


def invented(folder: Path) -> DecisionTree:
    """The made up tree, as it is read from its JSON file."""
    path = folder / "shapes.json"
    path.write_text(json.dumps(INVENTED))
    return read_tree(path)
