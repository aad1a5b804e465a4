"""Positions as people type and paste them."""

from pathlib import Path

from morph.errors import MorphError
from morph.sky import parse_position

_TEXTS = """
184.675 11d43m54s
184.675 +11:43:54
184.675 - 11.7318
1.84675e2 1.17318e1
https://aladin.cds.unistra.fr/AladinLite/?target=184.675%2B11.7318&fov=0.05
"""


def mixed_units_are_never_guessed(folder: Path) -> None:
    for text in _TEXTS.strip().splitlines():
        found = parse_position(text)
        assert abs(found.ra - 184.675) < 1e-9, text
        assert abs(abs(found.dec) - 11.7318) < 2e-4, text
        assert (found.dec < 0) == (" - " in text), text
    assert parse_position("12,5 -3,5").ra == 12.5
    assert parse_position("12,5 -3,5").dec == -3.5
    try:
        parse_position("12.5 +3:30:00")
    except MorphError as error:
        assert "RA 12.50000" in str(error), error
        assert "RA 187.50000" in str(error), error
    else:
        raise AssertionError("hours or degrees were guessed")


CASES = {"position-mixed-units": mixed_units_are_never_guessed}
