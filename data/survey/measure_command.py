"""python -m data survey measure: its arguments, and what it prints."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from morph.errors import MorphError
from morph.home import cutouts_folder

if TYPE_CHECKING:  # slow to import
    from data.survey.colour_terms import ColourTerm
    from data.survey.measure_store import BandMeasured
    from morph.images.store import CutoutStore
    from morph.images.survey.survey import Survey

GALAXIES = 500


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of every command of ``python -m data survey``."""
    commands = command.add_subparsers(dest="what", required=True, metavar="COMMAND")
    words = "measure the PSF and the depth of a survey from its cutouts"
    measure = commands.add_parser("measure", help=words, description=words)
    measure.add_argument("store", metavar="STORE", help="cutout store of the survey")
    words = (
        "cutout store of the same galaxies in another survey: also print the colour "
        "terms between the two (they are not written to a file)"
    )
    measure.add_argument("--other", metavar="STORE", help=words)
    words = "write PSF and depth into the survey's TOML file"
    measure.add_argument("--write", action="store_true", help=words)
    words = "the survey's TOML file (default: that of the store's survey)"
    measure.add_argument("--file", metavar="FILE.toml", help=words)
    words = f"galaxies measured, drawn at random (default: {GALAXIES})"
    measure.add_argument("--galaxies", type=int, default=GALAXIES, help=words)
    measure.add_argument("--seed", type=int, default=0)
    measure.add_argument("--json", action="store_true", help="print JSON")


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Measure, print and, if asked for, write; exit status 1 if a band is unusable."""
    from data.survey import measured_words  # slow imports
    from data.survey.measure_store import compare_stores, measure_store
    from morph.images.store import open_store

    if args.galaxies < 1 or args.seed < 0:
        raise MorphError(
            f"--galaxies is {args.galaxies} and --seed {args.seed}; expected at least "
            "1 and 0"
        )
    store = open_store(cutouts_folder(root, args.store))
    path, survey = _survey(root, store.manifest.survey, args.file)
    some = {"galaxies": args.galaxies, "seed": args.seed}
    bands = measure_store(store, survey_pixscale=survey.pixscale_arcsec, **some)
    terms: list[ColourTerm] = []
    if args.other:
        other = open_store(cutouts_folder(root, args.other))
        terms = compare_stores(store, other, **some)
    written = _write(root, path, survey, store, bands, args) if args.write else ""
    if args.json:
        result = measured_words.as_json(survey, bands, terms) | {"written": written}
        print(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        lines = measured_words.measured(survey, bands)
        lines += measured_words.compared(args.other, terms) if terms else []
        print("\n".join([*lines, *([f"Written to {written}."] if written else [])]))
    return 1 if any(band.problem for band in bands) else 0


def _survey(root: Path, name: str, file: str | None) -> tuple[Path, "Survey"]:
    """The file of a store's survey, and the survey; MorphError if there is none."""
    from morph.images.survey.survey_file import file_of, read_survey  # slow imports

    path = Path(file) if file else file_of(name, root)
    if path is None:
        raise MorphError(f"there is no survey {name!r}; give its TOML file with --file")
    survey = read_survey(path)
    if survey.name != name:
        raise MorphError(
            f"{path.name} is of the survey {survey.name!r}, and the images are of "
            f"{name!r}; give the file of that survey"
        )
    return path, survey


def _write(
    root: Path,
    path: Path,
    survey: "Survey",
    store: "CutoutStore",
    bands: list["BandMeasured"],
    args: argparse.Namespace,
) -> str:
    """Write the bands without a problem; the path of the file, "" if there are none.

    A shipped file is not changed: a copy of it in ``surveys/`` of the home replaces it.
    """
    from data.survey import measured_words  # slow imports
    from data.survey.survey_toml import write_values

    name = store.folder.name
    if store.manifest.origin != "real":
        raise MorphError(
            f"the images of {name} are {store.manifest.origin}, so their PSF and depth "
            "are not those of the survey; nothing was written. Leave out --write"
        )
    names = {band.place: band.name for band in survey.bands}
    values = {
        names[band.name]: measured_words.values(band)
        for band in bands
        if not band.problem and band.name in names
    }
    if not values:
        return ""
    note = (
        f"fwhm_arcsec and depth_mag of {', '.join(values)}, from "
        f"{min(len(store.index), args.galaxies):,} cutouts of the store {name}, "
        f"{datetime.now(UTC):%Y-%m-%d}."
    )
    is_own = bool(args.file) or path.parent == root / "surveys"
    target = path if is_own else root / "surveys" / path.name
    write_values(target, path.read_text(encoding="utf-8"), values, note)
    return str(target)
