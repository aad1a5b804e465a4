"""A MORPH_HOME with one synthetic release of any size, made once."""

import resource
import sys
import time
from pathlib import Path

from data.load_or_wait import enter
from data.synthetic.release import synthetic_release, write_cutouts
from morph.home import cutouts_folder, release_folder
from morph.release.folder import MANIFEST

RELEASE = "synthetic"
FEATURES = 1280
PICTURES = 5000
_FEATURED = 1_000_000  # galaxies at most that get features and pictures


def prepared(folder: Path, rows: int) -> Path:
    """The home of a release of ``rows`` galaxies under ``folder``, loaded.

    Up to a million galaxies have features, and 5,000 of them, or half, an image.
    """
    home = folder / str(rows)
    release = release_folder(home, RELEASE)
    featured = rows <= _FEATURED
    start = time.perf_counter()
    if not (release / MANIFEST).is_file():
        synthetic_release(
            release,
            galaxies=rows,
            release_id=RELEASE,
            projection=True,
            features=FEATURES if featured else 0,
            cutouts=(RELEASE,) if featured else (),
        )
        _tell(f"{rows:,} galaxies written", start)
    store = cutouts_folder(home, RELEASE)
    if featured and not (store / "manifest.json").is_file():
        write_cutouts(store, release, count=min(PICTURES, rows // 2))
    start = time.perf_counter()
    enter(home, RELEASE, print)
    _tell(f"{rows:,} galaxies loaded", start)
    return home


def _tell(what: str, start: float) -> None:
    seconds = time.perf_counter() - start
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what}: {seconds:,.0f} s, {gib:.1f} GiB at most", file=sys.stderr)
