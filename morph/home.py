"""MORPH_HOME and the folders in it, with all data that morph writes."""

import os
import re
import tempfile
from pathlib import Path

from morph.errors import MorphError

_ROOT = Path(__file__).resolve().parent.parent
_SET_IT = "set it to a folder that you may write to"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def home() -> Path:
    """MORPH_HOME, or ``data/local`` in the checkout if it is not set.

    A ``~`` is expanded, as files of environment variables keep it. MorphError if it is
    of an unknown user.
    """
    stated = os.environ.get("MORPH_HOME") or str(_ROOT / "data" / "local")
    try:
        return Path(stated).expanduser().resolve()
    except RuntimeError as error:
        raise MorphError(f"MORPH_HOME is {stated} ({error}); {_SET_IT}") from error


def check_home(root: Path, *, to_write: bool) -> None:
    """MorphError if ``root`` is or lies in a file, or cannot be written to.

    Nothing is made.
    """
    nearest = next(one for one in (root, *root.parents) if _exists(one))
    if not nearest.is_dir():
        what = "which is a file" if nearest == root else f"but {nearest} is a file"
        raise MorphError(f"MORPH_HOME is {root}, {what}; {_SET_IT}")
    if to_write and not os.access(nearest, os.W_OK | os.X_OK):
        raise MorphError(
            f"MORPH_HOME is {root}, but {nearest} cannot be written to; {_SET_IT}"
        )


def _exists(path: Path) -> bool:
    """Whether it is seen to exist; what lies in an unreadable folder is not."""
    try:
        return path.exists()
    except OSError:
        return path == path.parent


def make_home(root: Path) -> None:
    """Make ``root`` if need be; MorphError if that is impossible, or writing in it."""
    try:
        check_home(root, to_write=True)
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        raise MorphError(
            f"MORPH_HOME is {root}, which cannot be made or written to "
            f"({error.strerror or error}); {_SET_IT}"
        ) from error


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


def labels_folder(root: Path) -> Path:
    """The answers of people to their questions, a file each; never deleted."""
    return root / "labels"
