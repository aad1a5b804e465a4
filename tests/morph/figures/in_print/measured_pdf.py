"""A PDF as a reader finds it: size of paper, fonts, paths, images, text."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, DictionaryObject

MM = 25.4 / 72
_DRAWN = (b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*")
_MOVES = (b"l", b"c", b"v", b"y", b"re")


@dataclass(frozen=True)
class Raster:
    """An image: its pixels, and where it is on the page in mm."""

    pixels: tuple[int, int]
    size_mm: tuple[float, float]
    smoothed: bool

    @property
    def dpi(self) -> float:
        return min(
            25.4 * n / mm for n, mm in zip(self.pixels, self.size_mm, strict=True)
        )


@dataclass(frozen=True)
class Font:
    """A font: its name, its type, and whether its file is in the PDF."""

    name: str
    kind: str
    embedded: bool


@dataclass(frozen=True)
class MeasuredPage:
    """One page; ``paths`` counts shapes drawn, ``segments`` their lines and curves."""

    width_mm: float
    height_mm: float
    fonts: tuple[Font, ...]
    paths: int
    segments: int
    rasters: tuple[Raster, ...]
    text: str

    def times(self, text: str) -> int:
        """How often a text is on the page; kerned letters are found apart."""
        return "".join(self.text.split()).count("".join(text.split()))


@dataclass(frozen=True)
class MeasuredPdf:
    """The pages, and the document's metadata by their names in the PDF."""

    pages: tuple[MeasuredPage, ...]
    metadata: dict[str, str]


def measured(pdf: bytes) -> MeasuredPdf:
    """Open a PDF and measure each page."""
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    about = {name: str(value) for name, value in (reader.metadata or {}).items()}
    return MeasuredPdf(tuple(_page(one, reader) for one in reader.pages), about)


def _page(page: PageObject, reader: PdfReader) -> MeasuredPage:
    operations = list(_operations(page, page["/Resources"], reader, np.eye(3)))
    named = [name for name, *_ in operations]
    return MeasuredPage(
        float(page.mediabox.width) * MM,
        float(page.mediabox.height) * MM,
        tuple(_fonts(page["/Resources"])),
        sum(name in _DRAWN for name in named),
        sum(name in _MOVES for name in named),
        tuple(_raster(*what) for name, *what in operations if name == b"image"),
        page.extract_text(),
    )


def _operations(
    of: Any, resources: DictionaryObject, reader: PdfReader, matrix: np.ndarray
) -> Iterator[tuple]:
    """Operators of a page and of the forms that it draws; images with their matrix."""
    stack: list[np.ndarray] = []
    contents = of.get_contents() if isinstance(of, PageObject) else of
    for operands, operator in ContentStream(contents, reader).operations:
        if operator == b"q":
            stack.append(matrix)
        elif operator == b"Q":
            matrix = stack.pop()
        elif operator == b"cm":
            matrix = _matrix(operands) @ matrix
        elif operator == b"Do":
            drawn = resources["/XObject"][operands[0]].get_object()
            if drawn["/Subtype"] == "/Image":
                yield b"image", drawn, matrix
            else:
                inner = drawn.get("/Resources", resources)
                yield from _operations(drawn, inner, reader, matrix)
            continue
        yield operator, operands


def _matrix(operands: list) -> np.ndarray:
    a, b, c, d, e, f = map(float, operands)
    return np.array([[a, b, 0], [c, d, 0], [e, f, 1]])


def _raster(image: DictionaryObject, matrix: np.ndarray) -> Raster:
    pixels = int(image["/Width"]), int(image["/Height"])
    sides = np.hypot(*matrix[:2, :2].T) * MM
    smoothed = bool(image.get("/Interpolate", False))
    return Raster(pixels, (float(sides[0]), float(sides[1])), smoothed)


def _fonts(resources: DictionaryObject) -> Iterator[Font]:
    for reference in resources.get("/Font", {}).values():
        font = reference.get_object()
        kind, inside = font["/Subtype"], font
        if kind == "/Type0":
            inside = font["/DescendantFonts"][0].get_object()
            kind = inside["/Subtype"]
        described = inside.get("/FontDescriptor", {})
        files = ("/FontFile", "/FontFile2", "/FontFile3")
        embedded = any(one in described for one in files)
        yield Font(str(font.get("/BaseFont", "")), str(kind), embedded)
