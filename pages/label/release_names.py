"""Names for releases that gain a question of one's own."""

import re
from collections.abc import Collection
from pathlib import Path

from morph.home import release_folder

_PARENT, _WORDS = 36, 24  # characters of each, of the 64 that a name may have


def suggested(root: Path, parent: str, text: str, taken: Collection[str] = ()) -> str:
    """A free name: that of the parent and the first words of a text.

    ``taken`` are further names that are not free, such as those of planned runs.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", text.casefold())[: _WORDS + 1].strip("-")
    name = f"{parent[:_PARENT]}-{slug[:_WORDS].strip('-') or 'question'}"
    number, found = 2, name
    while found in taken or release_folder(root, found).exists():
        found, number = f"{name}-{number}", number + 1
    return found
