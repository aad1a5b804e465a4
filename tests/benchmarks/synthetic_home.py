"""A MORPH_HOME with a synthetic release of any size, or copies of it, made once."""

import resource
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

from data.load_or_wait import enter
from data.synthetic.release import synthetic_release, write_cutouts
from morph.home import cutouts_folder, release_folder
from morph.release.folder import MANIFEST, finish_release, read_manifest

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


def copied(home: Path, number: int) -> tuple[Path, list[str]]:
    """A home with a number of copies of that release, loaded, and their names.

    They have no features and no pictures.
    """
    several = home.with_name(f"{home.name}-copies")
    source = release_folder(home, RELEASE)
    manifest = read_manifest(source)
    files = {n: f for n, f in manifest.files.items() if not n.startswith("features")}
    names = [f"copy-{place + 1}" for place in range(number)]
    for name in names:
        folder = release_folder(several, name)
        if not (folder / MANIFEST).is_file():
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                shutil.copy(source / file, folder / file)
            own = replace(manifest, release_id=name, cutouts=())
            finish_release(folder, own, files)
        start = time.perf_counter()
        enter(several, name, print)
        _tell(f"{name} loaded", start)
    return several, names


def _tell(what: str, start: float) -> None:
    seconds = time.perf_counter() - start
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what}: {seconds:,.0f} s, {gib:.1f} GiB at most", file=sys.stderr)
