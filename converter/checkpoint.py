"""Opens a checkpoint's folder: its configuration and its tensors, none loaded yet.

Weights may be one file or shards with an index, PyTorch archives or safetensors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from converter.errors import CheckpointError
from converter.safetensors_file import read_safetensors
from converter.tensors import StoredTensor
from converter.text_files import read_json
from converter.torch_archive import read_archive

_Reader: TypeAlias = Callable[[Path], dict[str, StoredTensor]]

# In the order in which transformers looks for them.
_SINGLE = {"model.safetensors": read_safetensors, "pytorch_model.bin": read_archive}
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
    """Opens a checkpoint.

    Args:
        folder: Holds `config.json` and the weights.

    Raises:
        CheckpointError: A file is missing or damaged.
    """
    if not folder.is_dir():
        raise CheckpointError(
            problem="there is no such folder",
            file=folder,
            remedy="give the folder that holds config.json and the weights",
        )
    config = read_json(folder / "config.json")
    files = _weight_files(folder)
    tensors: dict[str, StoredTensor] = {}
    for path, reader in files.items():
        for name, tensor in _read(reader, path).items():
            if name in tensors:
                raise CheckpointError(
                    problem=f"it is in {tensors[name].file.name} too",
                    file=path,
                    tensor=name,
                    remedy="remove the files that belong to another checkpoint",
                )
            tensors[name] = tensor
    return Checkpoint(folder, config, tensors, tuple(files))


def _read(reader: _Reader, path: Path) -> dict[str, StoredTensor]:
    try:
        return reader(path)
    except OSError as error:
        raise CheckpointError(
            problem=f"the file cannot be read ({error.strerror})", file=path
        ) from error


def _weight_files(folder: Path) -> dict[Path, _Reader]:
    for name, reader in _SINGLE.items():
        if (folder / name).is_file():
            return {folder / name: reader}
        index = folder / (name + _INDEX_SUFFIX)
        if index.is_file():
            return dict.fromkeys(_shards(index), reader)
    alone = [path for path in folder.glob("*.safetensors") if path.is_file()]
    if len(alone) == 1:
        return {alone[0]: read_safetensors}
    raise CheckpointError(
        problem="there is no pytorch_model.bin, model.safetensors or index in it",
        file=folder,
        remedy="download the weights into it",
    )


def _shards(index: Path) -> list[Path]:
    """Returns the files that an index names, each once, all of them there."""
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError(
            problem="the index names no weights", file=index, remedy="download it again"
        )
    names = sorted({str(name) for name in weight_map.values()})
    for name in names:
        # A name with a folder in it could point anywhere on the disk.
        if name in {"", ".", ".."} or Path(name).name != name or "\\" in name:
            raise CheckpointError(
                problem=f"the index names {name!r:.80}, which is no file beside it",
                file=index,
                remedy="get the checkpoint again from a source you trust",
            )
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise CheckpointError(
            problem=f"it names files that are missing: {', '.join(missing):.300}",
            file=index,
            remedy="download them into the same folder",
        )
    return [index.parent / name for name in names]
