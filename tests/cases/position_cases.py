"""Positions as people type and paste them: understood or refused with both."""

from pathlib import Path

from morph.errors import MorphError
from morph.sky import parse_position

TEXTS = Path(__file__).parent / "position-mixed-units" / "texts.txt"


def mixed_units_are_never_guessed(folder: Path) -> None:
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        right, _, text = line.partition("\t")
        try:
            found = parse_position(text)
        except MorphError as error:
            assert right == "refused", line
            assert " may be RA " in str(error), line
        else:
            ra, dec = map(float, right.split())
            assert abs(found.ra - ra) < 1e-9, line
            assert abs(found.dec - dec) < 2e-4, line  # 11d43m54s is cut


CASES = {"position-mixed-units": mixed_units_are_never_guessed}
