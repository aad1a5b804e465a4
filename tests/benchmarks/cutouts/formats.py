"""Formats that a cutout store could have: write, append to, and read cutouts of each.

Zarr and Lance are for this comparison alone; they are left out where they are not
installed (`requirements.txt` beside this file).
"""

import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tests.benchmarks.cutouts.made_cutouts import SIZE, noise

SHAPE = (3, SIZE, SIZE)
STEPS = 4  # of quantisation in a standard deviation of the noise, as of fpack's q = 4
_SHARD = 64  # cutouts in a file of Zarr

Reader = Callable[[int], np.ndarray]  # a row to its (3, S, S) cutout


@dataclass(frozen=True)
class Format:
    """Functions of a format; each gets the folder of the store."""

    name: str
    write: Callable[[Path, np.ndarray], None]
    append: Callable[[Path, np.ndarray], None]
    reader: Callable[[Path], Reader]


class Cutouts:
    """Cutouts of any format, like an array of which rows are read."""

    dtype = np.dtype(np.float16)

    def __init__(self, reader: Reader, galaxies: int) -> None:
        self.shape, self._reader = (galaxies, *SHAPE), reader

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, row: int) -> np.ndarray:
        return self._reader(range(len(self))[row])  # negative: from the end


def formats() -> Iterator[Format]:
    """The format of cutout stores first, then the others."""
    yield Format("npy float16", _write_npy, _append_npy, _npy_reader)
    if find_spec("zarr"):
        for name, codec in (("none", None), ("zstd", "zstd"), ("blosc", "blosc")):
            yield _zarr(f"Zarr 3, compressor {name}", codec)
    if find_spec("lance"):
        yield Format("Lance", _write_lance, _append_lance, _lance_reader)
    if find_spec("numcodecs"):
        yield _records("record each, lossless", _packed, _unpacked)
        yield _records("record each, noise / 4", _quantised, _unquantised)
    yield _records("RICE, noise / 4", _rice, _unrice)


def _write_npy(folder: Path, pixels: np.ndarray) -> None:
    np.save(folder / "pixels.npy", pixels)


def _append_npy(folder: Path, pixels: np.ndarray) -> None:
    """As `data.cutouts.growing_store`: cutouts at the end, then the header."""
    path = folder / "pixels.npy"
    held = np.load(path, mmap_mode="r").shape[0]
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(pixels.tobytes())
        file.seek(0)
        shape = {"descr": "<f2", "fortran_order": False}
        shape["shape"] = (held + len(pixels), *SHAPE)
        np.lib.format.write_array_header_1_0(file, shape)


def _npy_reader(folder: Path) -> Reader:
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return lambda row: np.array(pixels[row])


def _zarr(name: str, compressor: str | None) -> Format:
    """A cutout is a chunk; 64 of them are a shard, a file."""
    import zarr
    from zarr.codecs import BloscCodec, ZstdCodec

    codecs = {
        None: None,
        "zstd": ZstdCodec(level=3),
        "blosc": BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
    }

    def write(folder: Path, pixels: np.ndarray) -> None:
        array = zarr.create_array(
            folder / "pixels.zarr",
            shape=pixels.shape,
            dtype=pixels.dtype,
            chunks=(1, *SHAPE),
            shards=(_SHARD, *SHAPE),
            compressors=codecs[compressor],
        )
        array[:] = pixels

    def append(folder: Path, pixels: np.ndarray) -> None:
        zarr.open_array(folder / "pixels.zarr", mode="r+").append(pixels)

    def reader(folder: Path) -> Reader:
        array = zarr.open_array(folder / "pixels.zarr", mode="r")
        return lambda row: array[row]

    return Format(name, write, append, reader)


def _lance_table(pixels: np.ndarray):
    import pyarrow as pa

    flat = pa.array(pixels.reshape(-1))
    return pa.table({"pixels": pa.FixedSizeListArray.from_arrays(flat, pixels[0].size)})


def _write_lance(folder: Path, pixels: np.ndarray) -> None:
    import lance

    lance.write_dataset(_lance_table(pixels), folder / "pixels.lance")


def _append_lance(folder: Path, pixels: np.ndarray) -> None:
    import lance

    path = folder / "pixels.lance"
    lance.write_dataset(_lance_table(pixels), path, mode="append")


def _lance_reader(folder: Path) -> Reader:
    import lance

    data = lance.dataset(folder / "pixels.lance")

    def read(row: int) -> np.ndarray:
        column = data.take([row])["pixels"].combine_chunks()
        return column.flatten().to_numpy().reshape(SHAPE)

    return read


def _records(
    name: str,
    pack: Callable[[np.ndarray], bytes],
    unpack: Callable[[bytes], np.ndarray],
) -> Format:
    """Compressed cutouts one after the other, and the offsets of their ends."""

    def append(folder: Path, pixels: np.ndarray) -> None:
        ends = folder / "ends.json"
        places = json.loads(ends.read_text()) if ends.exists() else [0]
        with (folder / "records").open("ab") as file:
            for cutout in pixels:
                record = pack(cutout)
                file.write(record)
                places.append(places[-1] + len(record))
        ends.write_text(json.dumps(places))

    def reader(folder: Path) -> Reader:
        places = json.loads((folder / "ends.json").read_text())
        file = os.open(folder / "records", os.O_RDONLY)

        def read(row: int) -> np.ndarray:
            start, end = places[row], places[row + 1]
            return unpack(os.pread(file, end - start, start))

        return read

    return Format(name, append, append, reader)


def _blosc():
    from numcodecs import Blosc

    return Blosc("zstd", clevel=3, shuffle=Blosc.BITSHUFFLE)


def _packed(cutout: np.ndarray) -> bytes:
    return _blosc().encode(np.ascontiguousarray(cutout))


def _unpacked(record: bytes) -> np.ndarray:
    return np.frombuffer(_blosc().decode(record), np.float16).reshape(SHAPE)


def _step() -> np.ndarray:
    return (noise() / STEPS)[:, None, None]


def _quantised(cutout: np.ndarray) -> bytes:
    steps = np.rint(cutout.astype(np.float32) / _step())
    return _blosc().encode(steps.clip(-32767, 32767).astype(np.int16))


def _unquantised(record: bytes) -> np.ndarray:
    steps = np.frombuffer(_blosc().decode(record), np.int16).reshape(SHAPE)
    return (steps * _step()).astype(np.float16)


def _rice(cutout: np.ndarray) -> bytes:
    """A FITS file compressed by Rice's method, as fpack makes them."""
    from astropy.io import fits

    steps = np.rint(cutout.astype(np.float32) / _step()).clip(-32767, 32767)
    packed = fits.CompImageHDU(
        steps.astype(np.int16), compression_type="RICE_1", tile_shape=(1, SIZE, SIZE)
    )
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(file)
    return file.getvalue()


def _unrice(record: bytes) -> np.ndarray:
    from astropy.io import fits

    with fits.open(io.BytesIO(record)) as file:
        return (file[1].data * _step()).astype(np.float16)
