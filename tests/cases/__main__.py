"""Try every case: python -m tests.cases [FOLDER].

A case is a folder of files, ``tests/cases/<case>/`` or FOLDER/<case> (by default
``../shared/cases``). The modules ``tests/cases/*_cases.py`` say in ``CASES``, by the
name of the case, the function that tries its folder and asserts what is right.
"""

import importlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
WITHOUT_FILES = ("position-mixed-units",)
SHARED = HERE.parents[2] / "shared" / "cases"

Case = Callable[[Path], None]


def cases() -> Iterator[tuple[str, Case]]:
    """All cases by name; several functions may try the files of one."""
    for module in sorted(set(HERE.glob("*_cases.py")) - {HERE / "test_cases.py"}):
        found = importlib.import_module(f"tests.cases.{module.stem}").CASES
        yield from found.items()


def folders(name: str, shared: Path) -> list[Path]:
    """Where the files of a case are: the copies here, and the shared ones."""
    if name in WITHOUT_FILES:
        return [HERE]
    return [one for one in (HERE / name, shared / name) if one.is_dir()]


def tried(case: Case, folder: Path) -> str:
    """What is wrong of a case, "" if nothing is."""
    try:
        case(folder)
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{Path(where.filename).name}:{where.lineno}: {where.line} {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def main(argv: Sequence[str]) -> int:
    """Print what is right of every case; 1 if one is wrong."""
    shared = Path(argv[0]) if argv else SHARED
    right = wrong = 0
    for name, case in cases():
        places = folders(name, shared)
        if not places:
            print(f"{name}: skipped, there is no {shared / name}")
        for place in places:
            problem = tried(case, place)
            right, wrong = right + (not problem), wrong + bool(problem)
            print(f"{name} ({place}): {problem or 'right'}")
    print(f"{right} / {right + wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
