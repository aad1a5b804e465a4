"""A figure for print: its width, letters and style, its place on paper, its file."""

import io
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from morph.figures.in_print.about import About
from morph.figures.style import TEXT

MM, POINT = 1 / 25.4, 1 / 72  # inches
TALLEST = 247  # mm, of a page of A&A or MNRAS
_DPI = {"png": 600, "pdf": 600, "svg": 300}  # of vector files: of the images in them
_MOST_PIXELS = 40e6  # of a PNG, which otherwise has fewer dots per inch
_EDGE = 1.2  # mm, clear at each side
_ROUNDS = 5  # of fitting; texts may change with the size of the axes

# One figure at a time: the settings of matplotlib belong to the whole process.
_drawing = threading.Lock()


@dataclass(frozen=True)
class Sheet:
    """The ``width`` of a figure in mm, and the size of its ``letters`` in points.

    A page is at most ``tallest`` mm high; SVG and PNG are one page of any height.
    """

    width: float = 88.0
    letters: float = 8.0
    tallest: float = TALLEST

    @classmethod
    def of(cls, form: str, width: float, letters: float) -> "Sheet":
        """The sheet of a file of that format."""
        return cls(width, letters, TALLEST if form == "pdf" else math.inf)

    @property
    def pixel(self) -> float:
        """A pixel of the page in points: letters keep their size beside the rest."""
        return self.letters / TEXT

    def empty(self, height: float) -> Figure:
        """A blank figure, ``height`` mm high, at most a page."""
        return Figure((self.width * MM, min(height, self.tallest) * MM))


@contextmanager
def style(sheet: Sheet) -> Iterator[None]:
    """Draw and save inside: fonts are embedded as TrueType, letters have the size."""
    line = 0.07 * sheet.letters
    settings = {
        "font.family": "DejaVu Sans",
        "font.size": sheet.letters,
        "axes.titlesize": sheet.letters,
        "axes.labelsize": sheet.letters,
        "xtick.labelsize": 0.9 * sheet.letters,
        "ytick.labelsize": 0.9 * sheet.letters,
        "legend.fontsize": 0.9 * sheet.letters,
        "legend.frameon": False,
        "axes.linewidth": line,
        "xtick.direction": "in",
        "ytick.direction": "in",
        "xtick.top": True,
        "ytick.right": True,
        "xtick.major.width": line,
        "ytick.major.width": line,
        "xtick.major.size": 0.35 * sheet.letters,
        "ytick.major.size": 0.35 * sheet.letters,
        "text.parse_math": False,  # names may hold a dollar sign
        "pdf.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "morph",
        "path.simplify": False,
    }
    with _drawing, matplotlib.rc_context(settings):
        yield


def saved(pages: Sequence[Figure], form: str, about: About) -> bytes:
    """The file of a figure; only a PDF may have several pages."""
    buffer, metadata = io.BytesIO(), about.metadata(form)
    if form == "pdf":
        with PdfPages(buffer, metadata=metadata) as pdf:
            for page in pages:
                pdf.savefig(page, dpi=_DPI[form])
    else:
        (page,) = pages
        page.savefig(buffer, format=form, dpi=_dpi(page, form), metadata=metadata)
    return buffer.getvalue()


def _dpi(page: Figure, form: str) -> float:
    square_inches = float(np.prod(page.get_size_inches()))
    return min(_DPI[form], math.sqrt(_MOST_PIXELS / square_inches))


def fit(
    figure: Figure, domains: Mapping[Axes, tuple[float, float, float, float]]
) -> None:
    """Place axes so that they and their texts fill the figure, below its legend.

    ``domains`` gives left, right, low and high of each, as fractions of the area that
    all of them share.
    """
    width, height = figure.get_size_inches()
    edge, points = _EDGE * MM, figure.dpi
    top = height - edge
    for legend in figure.legends:
        top = legend.get_window_extent().y0 / points - edge
    wanted = (edge, width - edge, edge, top)
    area = list(wanted)
    for _ in range(_ROUNDS):
        for axes, (left, right, low, high) in domains.items():
            x, y = area[1] - area[0], area[3] - area[2]
            corner = ((area[0] + left * x) / width, (area[2] + low * y) / height)
            size = ((right - left) * x / width, (high - low) * y / height)
            axes.set_position((*corner, *size))
        boxes = [axes.get_tightbbox() for axes in domains]
        box = Bbox.union([one for one in boxes if one is not None])
        now = (box.x0, box.x1, box.y0, box.y1)
        for side in range(4):
            area[side] += wanted[side] - now[side] / points


def trim(
    figure: Figure, domains: Mapping[Axes, tuple[float, float, float, float]]
) -> None:
    """Make the page as high as what is on it, and fit the axes again."""
    boxes = [axes.get_tightbbox() for axes in domains]
    box = Bbox.union([one for one in boxes if one is not None])
    legends = [legend.get_window_extent().height for legend in figure.legends]
    height = (box.height + sum(legends)) / figure.dpi + (2 + len(legends)) * _EDGE * MM
    figure.set_figheight(min(height, figure.get_figheight()))
    fit(figure, domains)
