"""Try faults again and again, each in an empty folder, at random moments."""

import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Say = Callable[[str], None]


class Skipped(Exception):
    """This machine cannot do the fault; the message says why."""


@dataclass(frozen=True)
class Trial:
    """One try of a fault."""

    root: Path  # an empty folder
    shared: Path  # a folder that all tries of a command have in common
    moments: random.Random
    say: Say  # for what was done, and when, so that a loss can be repeated


@dataclass(frozen=True)
class Fault:
    """A fault; ``do`` raises an error if something is lost."""

    name: str
    do: Callable[[Trial], None]
    random: bool = True  # tried in every round; else once


@dataclass(frozen=True)
class Row:
    """A kind of fault, what must come of it, and the faults of that kind."""

    kind: str
    outcome: str
    faults: Sequence[Fault]


@dataclass
class Result:
    """How often the faults of a row were tried and survived."""

    row: Row
    tried: int = 0
    survived: int = 0
    losses: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def try_row(row: Row, *, rounds: int, seed: int, shared: Path, say: Say) -> Result:
    """Try every fault of a row, the random ones ``rounds`` times."""
    result = Result(row)
    for fault in row.faults:
        for number in range(rounds if fault.random else 1):
            if any(one.startswith(f"{fault.name}:") for one in result.skipped):
                break
            _try(fault, result, f"{seed}/{fault.name}/{number}", shared, say)
    return result


def _try(fault: Fault, result: Result, seed: str, shared: Path, say: Say) -> None:
    done: list[str] = []
    begin = time.monotonic()
    with empty_folder() as root:
        try:
            fault.do(Trial(root, shared, random.Random(seed), done.append))
        except Skipped as reason:
            result.skipped.append(f"{fault.name}: {reason}")
            say(f"  skipped {result.skipped[-1]}")
            return
        except Exception as error:
            result.losses.append(f"{fault.name}, seed {seed}: {error!r:.300}")
            done.append("LOST\n" + "".join(traceback.format_exception(error)))
        else:
            result.survived += 1
    result.tried += 1
    seconds = time.monotonic() - begin
    say(f"  {fault.name} (seed {seed}, {seconds:.1f} s): {'; '.join(done)}")


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A temporary folder, deleted at the end even if a process still writes there."""
    path = Path(tempfile.mkdtemp(prefix="morph-fault-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def pairs(rows: Sequence[Row]) -> Iterator[tuple[Row, Fault]]:
    """Every fault with its row."""
    for row in rows:
        for fault in row.faults:
            yield row, fault
