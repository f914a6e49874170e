"""Opens a checkpoint's folder: its configuration and its tensors, none loaded yet.

Weights may be one file or shards with an index, PyTorch archives or safetensors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.errors import CheckpointError
from converter.safetensors_file import read_safetensors
from converter.tensors import StoredTensor
from converter.text_files import read_json
from converter.torch_archive import read_archive

# In the order in which transformers looks for them.
_SINGLE = ("model.safetensors", "pytorch_model.bin")
_INDEX_SUFFIX = ".index.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder in the form in which checkpoints are published.

    Attributes:
        folder: The folder.
        config: Contents of `config.json`.
        tensors: All tensors of all weight files by name.
        files: The weight files.
    """

    folder: Path
    config: Mapping[str, Any]
    tensors: Mapping[str, StoredTensor]
    files: tuple[Path, ...]


def open_checkpoint(folder: Path) -> Checkpoint:
    """Opens a checkpoint all of which is there.

    Args:
        folder: Holds `config.json` and the weights.

    Raises:
        CheckpointError: A file is missing or damaged.
    """
    config = read_config(folder)
    files = weight_files(folder)
    tensors: dict[str, StoredTensor] = {}
    for file in files:
        for tensor in read_weights(file).values():
            if tensors.setdefault(tensor.name, tensor) is not tensor:
                raise found_twice(tensor, tensors[tensor.name].file)
    return Checkpoint(folder, config, tensors, files)


def read_config(folder: Path) -> dict[str, Any]:
    """Returns the contents of a checkpoint's `config.json`.

    Raises:
        CheckpointError: The folder or the file is missing or damaged.
    """
    if not folder.is_dir():
        raise CheckpointError(
            problem="there is no such folder",
            file=folder,
            remedy="give the folder that holds config.json and the weights",
        )
    return read_json(folder / "config.json")


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Returns the files that hold a checkpoint's weights, in order of their names.

    Raises:
        CheckpointError: There are none, or some are missing.
    """
    for name in _SINGLE:
        if (folder / name).is_file():
            return (folder / name,)
        index = folder / (name + _INDEX_SUFFIX)
        if index.is_file():
            return _present(index, sorted(set(_weight_map(index).values())))
    alone = [path for path in folder.glob("*.safetensors") if path.is_file()]
    if len(alone) == 1:
        return (alone[0],)
    raise CheckpointError(
        problem="there is no pytorch_model.bin, model.safetensors or index in it",
        file=folder,
        remedy="download the weights into it",
    )


def read_index(folder: Path) -> dict[str, str] | None:
    """Returns the name of the file that each tensor is in, where an index says so.

    Raises:
        CheckpointError: The index is damaged or names files elsewhere.
    """
    for name in _SINGLE:
        index = folder / (name + _INDEX_SUFFIX)
        if index.is_file():
            return _weight_map(index)
    return None


def read_weights(path: Path) -> dict[str, StoredTensor]:
    """Returns the tensors of one file by name, without loading their data.

    Raises:
        ConversionError: The file is damaged or holds more than tensors.
    """
    is_safe = path.suffix == ".safetensors"
    try:
        return read_safetensors(path) if is_safe else read_archive(path)
    except OSError as error:
        raise CheckpointError(
            problem=f"the file cannot be read ({error.strerror})", file=path
        ) from error


def found_twice(tensor: StoredTensor, other: Path) -> CheckpointError:
    """Returns the error for a tensor that another file holds too."""
    return CheckpointError(
        problem=f"it is in {other.name} too",
        file=tensor.file,
        tensor=tensor.name,
        remedy="remove the files that belong to another checkpoint",
    )


def _weight_map(index: Path) -> dict[str, str]:
    """Returns an index's file for each tensor; all of them lie beside it."""
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError(
            problem="the index names no weights", file=index, remedy="download it again"
        )
    for name in map(str, weight_map.values()):
        # A name with a folder in it could point anywhere on the disk.
        if name in {"", ".", ".."} or Path(name).name != name or "\\" in name:
            raise CheckpointError(
                problem=f"the index names {name!r:.80}, which is no file beside it",
                file=index,
                remedy="get the checkpoint again from a source you trust",
            )
    return {tensor: str(name) for tensor, name in weight_map.items()}


def _present(index: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Returns the files that an index names, all of them there."""
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise CheckpointError(
            problem=f"it names files that are missing: {', '.join(missing):.300}",
            file=index,
            remedy="download them into the same folder",
        )
    return tuple(index.parent / name for name in names)
