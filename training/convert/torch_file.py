"""Read the tensors of a PyTorch file within limits, as a child process.

``python -m training.convert.torch_file FILE OUT.safetensors`` runs without a network
and executes nothing of the file: torch reads it with ``weights_only``. Objects that are
no tensors, such as the hyper-parameters of Lightning, become inert stand-ins, whose
classes are never imported. Files that name functions of Python's library, which weights
do not need, are refused. The reason is written to stderr.
"""

import json
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morph.errors import MorphError
from morph.sandbox import REFUSED, limit, without_network

if TYPE_CHECKING:
    from torch import Tensor

MAX_BYTES = 4 << 30  # of a file, and of its tensors
MAX_MEMORY_BYTES = 12 << 30  # torch alone reserves 3 GB
MAX_CPU_S = 300
_MOST_TENSORS = 20_000
_MOST_PICKLED = 32 << 20  # bytes that describe them

_NESTED = ("state_dict", "model_state_dict", "model")  # where the tensors may be
# Parts of Python's library whose objects occur in hyper-parameters.
_PLAIN_MODULES = {
    *("argparse", "collections", "copyreg", "datetime", "decimal", "enum"),
    *("fractions", "functools", "pathlib", "types", "typing", "uuid"),
}
_PLAIN_BUILTINS = {
    *("bool", "dict", "float", "frozenset", "int", "list", "object", "range", "slice"),
    *("str", "tuple", "type"),
}
# Modules of Python 2's library, under which pickles still name its functions.
_OLD_LIBRARY = {"__builtin__", "commands", "popen2", "cPickle", "urllib2"}
_MAPPINGS = ("AttributeDict", "collections.defaultdict")
_SAVE_AGAIN = (
    "open it with the program that wrote it, and save model.state_dict() with a recent "
    "PyTorch"
)


class StandIn:
    """Takes the place of an object that is no tensor; keeps and does nothing."""

    def __new__(cls, *_: Any) -> "StandIn":
        return super().__new__(cls)

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass


class MappingStandIn:
    """The same for a mapping: torch fills only those of its own list."""

    def __new__(cls, *_: Any) -> OrderedDict:
        return OrderedDict()


def main(arguments: list[str]) -> int:
    """Write the tensors of a file, and as JSON to stdout what was left out."""
    source, out = map(Path, arguments)
    without_network()
    limit(memory_bytes=MAX_MEMORY_BYTES, cpu_s=MAX_CPU_S, file_bytes=MAX_BYTES + 2**24)
    try:
        tensors, left_out = read_tensors(source)
    except MorphError as error:
        sys.stderr.write(f"\n{' '.join(str(error).split())}")
        return REFUSED
    from training.network.checkpoints import write_weights

    write_weights(out, {name: one.clone() for name, one in tensors.items()})
    sys.stdout.write(json.dumps(left_out))
    return 0


def read_tensors(path: Path) -> tuple[dict[str, "Tensor"], list[str]]:
    """The tensors of a state dict by name, and the names of what is none.

    MorphError if the file is no state dict, is broken, or asks for anything else.
    """
    check_archive(path)
    import torch

    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
        check_names(names)
        with torch.serialization.safe_globals([_stand_in(name) for name in names]):
            value = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except MorphError:
        raise
    except Exception as error:  # whatever a crafted file makes torch raise
        raise MorphError(
            f"it cannot be read ({_reason(error)}); {_SAVE_AGAIN}"
        ) from error
    key, found = _state_dict(value)
    tensors = {n: t for n, t in found.items() if _is_tensor(n, t)}
    if not tensors or len(tensors) > _MOST_TENSORS:
        raise MorphError(
            f"it holds {len(tensors):,} named tensors; expected a state dict of 1 to "
            f"{_MOST_TENSORS:,}: {_SAVE_AGAIN}"
        )
    _check_sizes(tensors)
    left_out = [str(n)[:200] for n in found if n not in tensors]
    left_out += _other_weights(value, key)
    return {n: t.detach() for n, t in tensors.items()}, left_out


def check_archive(path: Path) -> None:
    """Raise MorphError unless a file is an archive of tensors, none of it packed."""
    if not zipfile.is_zipfile(path):
        raise MorphError(
            "it is not a file of torch.save of PyTorch 1.6 or later (a zip archive); "
            f"{_SAVE_AGAIN}"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise MorphError(f"it is broken ({error}); download it again") from error
    packed = any(one.compress_type != zipfile.ZIP_STORED for one in members)
    pickled = [one for one in members if one.filename.endswith("data.pkl")]
    if packed or sum(one.file_size for one in members) > MAX_BYTES:
        raise MorphError(
            f"it is compressed, or unpacks to over {MAX_BYTES >> 30} GB, which "
            f"torch.save does not write; {_SAVE_AGAIN}"
        )
    if len(pickled) != 1 or pickled[0].file_size > _MOST_PICKLED:
        raise MorphError(
            f"it has {len(pickled)} lists of tensors (data.pkl); expected one, of at "
            f"most {_MOST_PICKLED >> 20} MB: {_SAVE_AGAIN}"
        )


def check_names(names: Iterable[str]) -> None:
    """Raise MorphError for functions and classes that weights never need."""
    for name in names:
        module, _, last = name.rpartition(".")
        top = module.partition(".")[0]
        plain = top in _PLAIN_MODULES or (
            module == "builtins" and last in _PLAIN_BUILTINS
        )
        library = top in sys.stdlib_module_names or top in _OLD_LIBRARY
        if (library and not plain) or not top:
            raise MorphError(
                f"it names {name[:100]!r}, which weights do not need and which could "
                "run a program; nothing of it was run. Do not open it with other "
                "programs, and ask its source for safetensors"
            )


def _stand_in(name: str) -> tuple[type, str]:
    """What is read in place of a class."""
    return (MappingStandIn if name.endswith(_MAPPINGS) else StandIn), name


def _reason(error: Exception) -> str:
    """What torch objects to, without its advice."""
    text = str(error).strip() or type(error).__name__
    return text.rpartition("WeightsUnpickler error: ")[2].split("\n")[0][:200]


def _state_dict(value: Any) -> tuple[str, Mapping[Any, Any]]:
    """The state dict in a file: one of its parts, with its name, or all of it ("")."""
    if not isinstance(value, Mapping):
        raise MorphError(
            "it is a whole Python object, not a state dict, so it needs the code of "
            f"its model; {_SAVE_AGAIN}"
        )
    parts = ((key, value.get(key)) for key in _NESTED)
    return next((one for one in parts if isinstance(one[1], Mapping)), ("", value))


def _other_weights(value: Mapping[Any, Any], key: str) -> list[str]:
    """Names of other state dicts beside that of ``key``, such as averaged weights."""
    return [
        str(name)[:200]
        for name, part in value.items()
        if key
        and name != key
        and isinstance(part, Mapping)
        and any(_is_tensor(*one) for one in part.items())
    ]


def _is_tensor(name: Any, value: Any) -> bool:
    import torch

    return isinstance(name, str) and type(value) in (torch.Tensor, torch.nn.Parameter)


def _check_sizes(tensors: Mapping[str, "Tensor"]) -> None:
    """Raise MorphError for tensors that are not simply numbers in the file."""
    import torch

    total = 0
    for name, one in tensors.items():
        plain = one.layout == torch.strided and one.device.type == "cpu"
        size = one.numel() * one.element_size()
        total += size
        if not plain or one.is_quantized or size > one.untyped_storage().nbytes():
            raise MorphError(
                f"{name[:100]} is sparse, quantised or larger than its data in the "
                f"file; {_SAVE_AGAIN}"
            )
    if total > MAX_BYTES:
        raise MorphError(
            f"its tensors take {total / 2**30:,.0f} GB; at most {MAX_BYTES >> 30} GB "
            "can be converted"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
