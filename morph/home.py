"""MORPH_HOME and the folders in it, with all data that morph writes."""

import os
import re
from pathlib import Path

from morph.errors import MorphError

_ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def home() -> Path:
    """MORPH_HOME, or ``data/local`` in the checkout if it is not set."""
    return Path(os.environ.get("MORPH_HOME") or _ROOT / "data" / "local").resolve()


def checked_name(name: str, *, what: str) -> str:
    """``name``, or MorphError if it may leave its folder."""
    if not _NAME.fullmatch(name):
        raise MorphError(
            f"{name!r} cannot be the name of a {what}; use 1 to 64 of a-z, 0-9, '.', "
            "'_' and '-', beginning with a letter or digit"
        )
    return name


def cutouts_folder(root: Path, name: str) -> Path:
    """A cutout store: ``cutouts/<name>``."""
    return root / "cutouts" / checked_name(name, what="cutout store")


def run_folder(root: Path, run_id: str) -> Path:
    """A run: ``runs/<run_id>``."""
    return root / "runs" / checked_name(run_id, what="run")


def release_folder(root: Path, release_id: str) -> Path:
    """A published release: ``releases/<release_id>``."""
    return root / "releases" / checked_name(release_id, what="release")


def catalogue_path(root: Path) -> Path:
    """The DuckDB file of all releases; it can be deleted and rebuilt."""
    return root / "catalogue.duckdb"


def workspace_path(root: Path) -> Path:
    """The DuckDB file of saved subsets and other user data; never deleted."""
    return root / "workspace.duckdb"
