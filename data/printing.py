"""Text output of `python -m data`, in aligned columns."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from data.demo.console import words_for

Entry = dict[str, Any]

MOST_RUNS = 10  # listed one by one


def answer(result: Any, lines: Sequence[str], args: argparse.Namespace) -> int:
    """Print the result of a command, as JSON or as lines; the exit status 0."""
    if args.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        print("\n".join(lines))
    return 0


def status(contents: Entry) -> list[str]:
    """Releases, images and runs, and which releases are loaded."""
    runs = contents["runs"]
    return [
        f"Home       {contents['home']}",
        f"Catalogue  {contents['catalogue']['message']}",
        f"Releases   {len(contents['releases']) or 'none'}",
        *_releases(contents["releases"]),
        f"Images     {_images(contents)}",
        *_stores(contents["cutouts"]),
        f"Runs       {_counted(runs)}",
        *_runs(runs),
    ]


def release(entry: Entry, did: str) -> list[str]:
    """A new release: size, title, note, and the report on its table."""
    lines = [f"{did} {entry['release']}: {_galaxies(entry)}. {entry['title']}"]
    lines += [f"  {entry['note']}"] if entry["note"] else []
    lines += [f"  Cite: {entry['citation']}"] if entry.get("citation") else []
    lines += [f"  Licence: {entry['licence']}"] if entry.get("licence") else []
    return lines + [f"  {what}: {value}" for what, value in entry["report"].items()]


def aligned(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Rows in columns two blanks apart, those in ``right`` aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _galaxies(entry: Entry) -> str:
    number = entry["galaxies"]
    unit = "galaxy" if number == 1 else "galaxies"
    return f"{number:,} {unit} ({entry['survey']}, {entry['origin']})"


def _releases(entries: Sequence[Entry]) -> list[str]:
    return aligned(
        [
            (
                *_survey_cells(one, "release", "galaxies"),
                one["state"],
                one["message"] or one.get("title", ""),
            )
            for one in entries
        ],
        right=(1,),
    )


def _images(status: Entry) -> str:
    stores = len(status["cutouts"])
    if not stores:
        return "none"
    return f"{status['images']:,} in {stores} {'store' if stores == 1 else 'stores'}"


def _stores(entries: Sequence[Entry]) -> list[str]:
    return aligned(
        [
            (
                *_survey_cells(one, "store", "images"),
                "with votes" if one.get("votes") else "",
                one.get("message", "") and f"{one['state']}: {one['message']}",
            )
            for one in entries
        ],
        right=(1,),
    )


def _survey_cells(entry: Entry, kind: str, unit: str) -> tuple[str, str, str, str]:
    """Name, number of ``unit``, survey and origin, as far as they are known."""
    number = f"{entry[unit]:,} {unit}" if unit in entry else ""
    return entry[kind], number, entry.get("survey", ""), entry.get("origin", "")


def _counted(runs: Sequence[Entry]) -> str:
    counted = Counter(run["state"] for run in runs)
    return ", ".join(f"{number} {state}" for state, number in counted.items()) or "none"


def _runs(runs: Sequence[Entry]) -> list[str]:
    """Every unfinished run, with its progress or its error."""
    unfinished = [run for run in runs if run["state"] != "finished"]
    rows = [(run["run"], run["state"], _how_far(run)) for run in unfinished[:MOST_RUNS]]
    more = len(unfinished) - MOST_RUNS
    return aligned(rows) + ([f"  {more} more"] if more > 0 else [])


def _how_far(run: Entry) -> str:
    if run["error"]:
        return run["error"]
    if run["state"] not in ("running", "cancelling"):
        return ""
    parts = [f"{run['progress']:.0%}", run["stage"], run["message"]]
    if run["eta_s"] is not None:
        parts.append(f"{words_for(run['eta_s'])} left in this stage")
    return " · ".join(part for part in parts if part)
