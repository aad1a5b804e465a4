"""Where everything morph produces is kept: MORPH_HOME and the folders inside it."""

import os
import re
from pathlib import Path

from morph.errors import MorphError

_ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def home() -> Path:
    """MORPH_HOME, or ``data/local`` in the checkout where it is not set."""
    return Path(os.environ.get("MORPH_HOME") or _ROOT / "data" / "local").resolve()


def checked_name(name: str, *, what: str) -> str:
    """``name``, if it is safe as the name of one folder.

    Raises
    ------
    MorphError
        If ``name`` is anything but 1-64 of a-z, 0-9, dot, dash and underscore,
        beginning with a letter or digit: such a name cannot leave its folder.
    """
    if not _NAME.fullmatch(name):
        raise MorphError(
            f"{name!r} cannot be the name of a {what}; use 1 to 64 of a-z, 0-9, "
            "'.', '_' and '-', beginning with a letter or a digit"
        )
    return name


def cutouts_folder(root: Path, name: str) -> Path:
    """Pixels of one survey: ``cutouts/<name>``."""
    return root / "cutouts" / checked_name(name, what="cutout store")


def run_folder(root: Path, run_id: str) -> Path:
    """One run and all its files: ``runs/<run_id>``."""
    return root / "runs" / checked_name(run_id, what="run")


def release_folder(root: Path, release_id: str) -> Path:
    """One published release: ``releases/<release_id>``."""
    return root / "releases" / checked_name(release_id, what="release")


def catalogue_path(root: Path) -> Path:
    """The DuckDB file made from ``releases/``; it may be deleted and rebuilt."""
    return root / "catalogue.duckdb"


def workspace_path(root: Path) -> Path:
    """The DuckDB file of what people made; never deleted by the program."""
    return root / "workspace.duckdb"
