"""Write the demonstration's cutout stores: source, target, and their overlap.

The source has votes, the target none. The overlap is observed by both surveys, has
votes of 200 volunteers and the truth, and is never trained on. A hash of the name
assigns each of its galaxies a ``half``: "tune" for model selection, "test" for reported
numbers.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from data.simulation.simulate import SIZE, VOLUNTEERS, simulate
from morph.atomic import replacing, sync_folder, write_json
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.images.surveys import survey_called
from morph.trees.decision_tree import GZD5

VERSION = 3  # raise it whenever the simulation changes
FIRST = 384  # galaxies of the target, in whole chunks, simulated before all others
FULL_OVERLAP = 2000
OVERLAP_VOLUNTEERS = (200, 200)

Progress = Callable[[str, int, int], None]  # stores, galaxies done, galaxies in all


@dataclass(frozen=True)
class Part:
    """One population of the demonstration and the stores it fills."""

    number: int  # of its seed
    footprint: str
    stores: dict[str, str]  # store -> survey
    galaxies: int
    volunteers: tuple[int, int] | None
    judged: bool = False  # carries the truth and the two halves
    first: int | None = None  # only so many of its galaxies

    @property
    def rendered(self) -> int:
        """Number of its galaxies in the stores."""
        return self.galaxies if self.first is None else min(self.first, self.galaxies)


def parts(galaxies: int) -> tuple[Part, ...]:
    """The populations for ``galaxies`` galaxies in source and in target."""
    overlap = max(min(galaxies // 2, FULL_OVERLAP), galaxies // 4)
    both = {"demo-overlap-decals": "decals", "demo-overlap-bmz": "bmz"}
    return (
        Part(0, "decals", {"demo-decals": "decals"}, galaxies, VOLUNTEERS),
        Part(1, "bmz", {"demo-bmz": "bmz"}, galaxies, None),
        Part(2, "overlap", both, overlap, OVERLAP_VOLUNTEERS, judged=True),
    )


def write_demo(root: Path, *, galaxies: int, seed: int, progress: Progress) -> None:
    """Write the demonstration's four stores in ``root``/cutouts.

    Existing stores of the same galaxies and seed are kept. The manifest is written
    last, so an incomplete store is written again.

    Raises
    ------
    MorphError
        If ``galaxies`` is too few to split or ``seed`` is negative.
    """
    if galaxies < 20 or seed < 0:
        raise MorphError(
            f"cannot simulate {galaxies} galaxies with seed {seed}; expected at least "
            "20 galaxies and a seed of 0 or more"
        )
    write_parts(root, parts(galaxies), galaxies=galaxies, seed=seed, progress=progress)


def write_first(root: Path, *, galaxies: int, seed: int, progress: Progress) -> None:
    """Write the store demo-first: the first galaxies of demo-bmz, the same bytes."""
    _, target, _ = parts(galaxies)
    first = replace(target, stores={"demo-first": "bmz"}, first=FIRST)
    write_parts(root, (first,), galaxies=galaxies, seed=seed, progress=progress)


def write_overlap(root: Path, first: int, *, galaxies: int, seed: int) -> None:
    """Write the overlap's stores with the ``first`` of its galaxies only."""
    _, _, overlap = parts(galaxies)
    plan = (replace(overlap, first=first),)
    write_parts(root, plan, galaxies=galaxies, seed=seed, progress=lambda *_: None)


def write_parts(
    root: Path, plan: Sequence[Part], *, galaxies: int, seed: int, progress: Progress
) -> None:
    """Write the stores of some populations of ``parts``; see `write_demo`."""
    total, done = sum(part.rendered for part in plan), 0
    for part in plan:
        recipe = _recipe(part, galaxies, seed)
        folders = {cutouts_folder(root, store): s for store, s in part.stores.items()}
        missing = {f: s for f, s in folders.items() if not _is_finished(f, recipe)}
        if missing:
            names = " and ".join(folder.name for folder in missing)
            report = partial(_report, progress, names, done, total)
            _write_part(part, missing, recipe, 3 * seed + part.number, report)
        done += part.rendered
        progress(" and ".join(part.stores), done, total)


def _report(
    progress: Progress, names: str, before: int, total: int, rendered: int, _: int
) -> None:
    progress(names, before + rendered, total)


def half_of(iauname: str) -> str:
    """ "tune" or "test", determined by the name alone."""
    first = hashlib.sha256(iauname.encode()).digest()[0]
    return "tune" if first % 2 == 0 else "test"


def _recipe(part: Part, galaxies: int, seed: int) -> dict:
    """Everything that determines the bytes of a part, as read back from JSON."""
    recipe = {"version": VERSION, "galaxies": galaxies, "seed": seed, "size": SIZE}
    fields = {k: v for k, v in asdict(part).items() if (k, v) != ("first", None)}
    return json.loads(json.dumps(recipe | {"part": fields}))


def _is_finished(folder: Path, recipe: dict) -> bool:
    path = folder / "recipe.json"
    if not path.is_file() or not (folder / "manifest.json").is_file():
        return False
    return json.loads(path.read_text(encoding="utf-8")) == recipe


def _write_part(
    part: Part,
    folders: dict[Path, str],
    recipe: dict,
    seed: int,
    progress: Callable[[int, int], None],
) -> None:
    """Simulate a part and write its stores, each with its manifest last."""
    simulated = simulate(
        part.galaxies,
        seed,
        surveys=tuple(folders.values()),
        footprint=part.footprint,
        volunteers=part.volunteers or VOLUNTEERS,
        first=part.first,
        progress=progress,
    )
    index, names = simulated.index, simulated.index["iauname"]
    if part.judged:
        index = index.assign(half=[half_of(name) for name in names])
    for folder, survey in folders.items():
        _remove_manifest(folder)
        write_json(folder / "recipe.json", recipe)
        if part.judged:
            with replacing(folder / "truth.parquet") as temporary:
                _per_label(names, simulated.truth).to_parquet(temporary, index=False)
        votes = _per_label(names, simulated.votes) if part.volunteers else None
        manifest = _manifest(part, survey, len(index))
        write_store(folder, manifest, index, simulated.pixels[survey], votes=votes)


def _remove_manifest(folder: Path) -> None:
    """Remove the manifest of an older store before its files change."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)
    sync_folder(folder)


def _per_label(names: pd.Series, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", names.to_numpy())
    return table


def _manifest(part: Part, survey: str, galaxies: int) -> StoreManifest:
    title = (
        f"Simulated galaxies{' in both surveys,' if part.judged else ''} as "
        f"{survey_called(survey).title} would observe them (demonstration; rare "
        "classes are over-represented)"
    )
    return StoreManifest(survey, "demonstration", title, galaxies, SIZE)
