"""Real galaxies in ``../shared/real``, outside the repository."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from morph.trees.decision_tree import GZD5
from tests.research.pilots.framing import FRAME, Frame, plain_measures
from tests.research.pilots.labelled import (
    Labelled,
    read_framed,
    read_labelled,
    read_picture,
)

DEFAULT_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "real"


@dataclass(frozen=True)
class RealGalaxies:
    """A folder with ``examples`` and ``rings``, each a table and its images."""

    folder: Path = DEFAULT_FOLDER

    def are_here(self) -> bool:
        """Whether the tables of all three pilots are there."""
        tables = ("examples/examples.csv", "rings/rings.csv")
        return all((self.folder / table).is_file() for table in tables)

    @cache  # noqa: B019 - one folder a process
    def examples(self, frame: Frame = FRAME) -> Labelled:
        """Images of one answer each, with columns survey and set."""
        own = self.folder / "examples"
        return read_labelled(own / "images", own / "examples.csv", GZD5, frame)

    def robust(self) -> Labelled:
        """Examples from SDSS with confident volunteers."""
        found = self.examples()
        return found.where(found.table["set"] == "robust")

    def of(self, survey: str, frame: Frame = FRAME) -> Labelled:
        """Examples from one survey."""
        found = self.examples(frame)
        return found.where(found.table["survey"] == survey)

    def unlabelled(self, survey: str) -> np.ndarray:
        """All framed example images of a survey, without labels."""
        images = self.folder / "examples" / "images" / survey
        return read_framed(images, sorted(path.name for path in images.glob("*.jpg")))

    def rings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Framed images (N, S, S, 3) uint8, whether they show a ring (N,), names."""
        table = self._ring_table()
        pixels = read_framed(self.folder / "rings" / "images", list(table["file"]))
        return pixels, table["ring"].to_numpy() == 1, table["iauname"].to_numpy(str)

    def ring_measures(self) -> np.ndarray:
        """(N, 4) properties of the same images other than shape."""
        images = self.folder / "rings" / "images"
        files = self._ring_table()["file"]
        return np.stack([plain_measures(read_picture(images / name)) for name in files])

    def _ring_table(self) -> pd.DataFrame:
        table = pd.read_csv(self.folder / "rings" / "rings.csv")
        return table.assign(file=table["iauname"] + ".jpg")
