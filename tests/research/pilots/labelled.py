"""Labelled images: a table of correct answers, and framed images."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

from morph.errors import MorphError
from morph.trees.decision_tree import DecisionTree
from tests.research.pilots.framing import FRAME, Frame

COLUMNS = ("image", "question", "answers")
_MOST_PIXELS = 4096**2


@dataclass(frozen=True)
class Labelled:
    """Images and their labels.

    ``table`` has a row per label: image, question, answers (correct ones joined by "|")
    and ``picture``, the row of ``pixels`` that shows it.
    """

    table: pd.DataFrame
    pixels: np.ndarray  # (N, S, S, 3) uint8, framed

    def where(self, chosen: pd.Series) -> "Labelled":
        """Only the selected labels, and their images."""
        table = self.table[chosen]
        rows, own = np.unique(table["picture"], return_inverse=True)
        return Labelled(table.assign(picture=own), self.pixels[rows])


def read_labelled(
    images: Path, labels: Path, tree: DecisionTree, frame: Frame = FRAME
) -> Labelled:
    """Framed images of the folder ``images`` that the CSV ``labels`` names.

    Raises
    ------
    MorphError
        If the table cannot be used: a column is missing, a question or an answer is
        not of the tree, or a picture is not there or none.
    """
    table = _read_table(labels)
    for row in table.itertuples():
        question = tree.question(row.question)
        wrong = set(row.answers.split("|")) - set(question.answers)
        if wrong:
            raise MorphError(
                f"{labels}: {min(wrong)!r} is no answer to {row.question}; expected "
                f"one or more of {', '.join(question.answers)}, joined by '|'"
            )
    names = list(dict.fromkeys(table["image"]))
    picture = table["image"].map({name: row for row, name in enumerate(names)})
    return Labelled(table.assign(picture=picture), read_framed(images, names, frame))


def _read_table(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise MorphError(f"{path} cannot be read as a table ({error})") from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing or not len(table):
        lacks = f"the column {missing[0]!r}" if missing else "any row"
        raise MorphError(
            f"{path} lacks {lacks}; expected the columns {', '.join(COLUMNS)} and a "
            "row for each label"
        )
    return table


def read_framed(folder: Path, names: list[str], frame: Frame = FRAME) -> np.ndarray:
    """(N, S, S, 3) uint8 framed images of the JPEG or PNG files of these names."""
    return np.stack([frame.lay(read_picture(folder / name)) for name in names])


def read_picture(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 of a JPEG or PNG file; MorphError if it is none."""
    if not path.is_file():
        raise MorphError(
            f"the picture {path} is not there; put it there or take its label out"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["JPEG", "PNG"]) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise MorphError(f"{path} has more than {_MOST_PIXELS:,} pixels")
                return np.asarray(image.convert("RGB"))
    except (
        OSError,
        SyntaxError,
        UnidentifiedImageError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise MorphError(f"{path} is no JPEG or PNG picture ({error})") from error
