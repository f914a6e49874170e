"""Reads the tensors of a `torch.save` file: a zip archive of a pickle and raw storages.

Storages are memory-mapped, never loaded.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.errors import CheckpointError, ConversionError, UnsupportedError
from converter.tensor_refs import TensorRef
from converter.tensors import StoredTensor
from converter.unpickle import read_tensors
from converter.zip_archive import Member, read_members

_LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_MAX_PICKLE = 16 << 20  # 200 bytes for a tensor; MOSS has some 400 tensors
_PICKLE = "data.pkl"
_AGAIN = "download the file again"


def read_archive(path: Path) -> dict[str, StoredTensor]:
    """Returns the tensors of a PyTorch file by name, without loading their data.

    Args:
        path: A `.bin` or `.pt` file.

    Raises:
        CheckpointError: The file is damaged.
        UnsafePickleError: Its pickle asks for more than tensors.
        UnsupportedError: It has PyTorch's form from before 2020.
    """
    _check_start(path)
    try:
        return _read(path)
    except ConversionError as error:
        error.file = path
        raise


def _check_start(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_LEGACY_START)) == _LEGACY_START:
            raise UnsupportedError(
                problem="the file has the form PyTorch wrote before version 1.6",
                file=path,
                remedy="load it in PyTorch and save it again",
            )


def _read(path: Path) -> dict[str, StoredTensor]:
    members = read_members(path)
    prefix = _prefix(members)
    _check_byte_order(members.get(prefix + "byteorder"))
    references = _references(members[prefix + _PICKLE])
    storages = {
        key: _storage(members, prefix + "data/" + key)
        for key in {reference.storage.key for reference in references.values()}
    }
    return {
        name: StoredTensor(
            name=name,
            file=path,
            dtype=reference.storage.dtype,
            array=_view(storages[reference.storage.key], reference, name),
        )
        for name, reference in references.items()
    }


def _prefix(members: Mapping[str, Member]) -> str:
    """Returns the folder in the archive with a trailing slash; any name is allowed.

    Everything has to be in it: who unpacks the archive unpacks it into that folder.
    """
    pickles = [name for name in members if name.endswith("/" + _PICKLE)]
    if len(pickles) != 1 or pickles[0].count("/") != 1:
        raise CheckpointError(
            problem="the archive does not hold one data.pkl", remedy=_AGAIN
        )
    prefix = pickles[0].removesuffix(_PICKLE)
    for name in members:
        parts = name.rstrip("/").split("/")
        if not name.startswith(prefix) or {"", ".", ".."} & set(parts) or "\\" in name:
            raise CheckpointError(
                problem=f"the archive holds {name!r:.80}, which is not in its folder",
                remedy="get the checkpoint again from a source you trust",
            )
    return prefix


def _references(pickle: Member) -> dict[str, TensorRef]:
    if pickle.data.size > _MAX_PICKLE:
        raise CheckpointError(problem="the pickle is too large", remedy=_AGAIN)
    return read_tensors(pickle.read())


def _check_byte_order(member: Member | None) -> None:
    if member is not None and member.data[:8].tobytes() != b"little":
        raise UnsupportedError(
            problem="the file was written on a big-endian machine",
            remedy="load it in PyTorch and save it again on another machine",
        )


def _storage(members: Mapping[str, Member], name: str) -> NDArray[np.uint8]:
    if name not in members:
        raise CheckpointError(problem=f"the archive lacks {name:.80}", remedy=_AGAIN)
    return members[name].data


def _view(storage: NDArray[np.uint8], reference: TensorRef, name: str) -> NDArray[Any]:
    """Returns the elements of a tensor as a read-only view of the mapped file."""
    dtype = reference.storage.dtype.stored
    wanted = reference.storage.size * dtype.itemsize
    if storage.size != wanted:
        raise CheckpointError(
            problem=f"its storage has {storage.size} bytes instead of {wanted}",
            tensor=name,
            remedy=_AGAIN,
        )
    return np.lib.stride_tricks.as_strided(
        storage.view(dtype)[reference.offset :],
        reference.shape,
        [stride * dtype.itemsize for stride in reference.strides],
        writeable=False,
    )
