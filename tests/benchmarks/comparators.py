"""Pages that a user would write without morph, served on ports of their own."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pandas as pd

from morph.errors import MorphError
from tests.benchmarks.served import free_port
from tests.plain_counts import Plain

OLD_STYLE = "old-style page"
WIDTH = 132  # pixels of its images
_PATIENCE_S = 60
_IMAGES = 1000


@dataclass(frozen=True)
class Started:
    """A served page: its port, and `time.perf_counter` when its process was started."""

    port: int
    began: float


@contextmanager
def serving_plotly(plain: Plain) -> Iterator[int]:
    """The page with every galaxy in one plot (`plotly_page`) on a port."""
    table = pd.DataFrame(plain.places, columns=["umap_x", "umap_y"])
    table["share"] = plain.shares["bar_strong"].to_numpy()
    with (
        tempfile.TemporaryDirectory() as folder,
        _serving("plotly_page.py", Path(folder), table) as started,
    ):
        yield started.port


@contextmanager
def serving_old_style(
    plain: Plain, pictures: "Pictures | None" = None
) -> Iterator[Started]:
    """The page that does everything again at each change (`old_style_page`)."""
    with tempfile.TemporaryDirectory() as folder:
        files = pictures(Path(folder) / "static") if pictures else {}
        table = flat_table(plain, files)
        with _serving("old_style_page.py", Path(folder), table) as started:
            yield started


Pictures = Callable[[Path], dict[str, str]]


def saved_thumbnails(url: str, release: str, names: Sequence[str]) -> Pictures:
    """Writes images of the dashboard into a folder; gives the file of each galaxy.

    They are those of ``_IMAGES`` galaxies, which the others share in turn.
    """

    def save(folder: Path) -> dict[str, str]:
        folder.mkdir(parents=True)
        for number, name in enumerate(names[:_IMAGES]):
            address = f"{url}/thumb/{release}/{quote(name)}.jpg?w={WIDTH}"
            with urlopen(address) as answer:  # noqa: S310 (our own server)
                (folder / f"{number}.jpg").write_bytes(answer.read())
        return {name: f"{n % _IMAGES}.jpg" for n, name in enumerate(names)}

    return save


def flat_table(plain: Plain, files: Mapping[str, str]) -> pd.DataFrame:
    """The table of the old-style page: all fractions, and the image of each galaxy."""
    table = plain.shares.reset_index(names="iauname")
    return table.assign(picture=table["iauname"].map(files).fillna(""))


@contextmanager
def _serving(page: str, folder: Path, table: pd.DataFrame) -> Iterator[Started]:
    """A Streamlit page of ours over a table, as a child process."""
    table.to_parquet(path := folder / "table.parquet")
    script = folder / page  # beside its folder static/
    shutil.copy(Path(__file__).with_name(page), script)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.headless", "true"]
    command += ["--server.enableStaticServing", "true", "--", str(path)]
    began = time.perf_counter()
    child = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield Started(port, began)
    finally:
        child.terminate()
        child.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/_stcore/health"):
            return
        time.sleep(0.1)
    raise MorphError(f"nothing is served on port {port} after {_PATIENCE_S} s")
