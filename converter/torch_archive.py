"""Reads the tensors of a `torch.save` file: a zip archive of a pickle and raw storages.

Storages are memory-mapped, never loaded. Compressed members, which PyTorch never
writes, are refused, so a small file cannot unfold into a large one.
"""

import errno
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.errors import CheckpointError, ConversionError, UnsupportedError
from converter.tensors import StoredTensor
from converter.unpickle import TensorRef, read_tensors

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_MAX_PICKLE = 64 << 20
_ENCRYPTED = 1
# What zipfile raises for bytes that are no sound archive.
_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
)
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
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # a disk that cannot be read, not a place before the file's start
        raise CheckpointError(
            problem="the zip archive is damaged or cut off", file=path, remedy=_AGAIN
        ) from error


def _check_start(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_LEGACY_START)) == _LEGACY_START:
            raise UnsupportedError(
                problem="the file has the form PyTorch wrote before version 1.6",
                file=path,
                remedy="load it in PyTorch and save it again",
            )


def _read(path: Path) -> dict[str, StoredTensor]:
    with zipfile.ZipFile(path) as archive:
        members = _members(archive)
        prefix = _prefix(members)
        _check_byte_order(archive, members.get(prefix + "byteorder"))
        references = _references(archive, members[prefix + "data.pkl"])
    raw = np.memmap(path, np.uint8, "r").view(np.ndarray)
    storages = {
        key: _storage(raw, members, prefix + "data/" + key)
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


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in members:
            raise CheckpointError(
                problem=f"the archive holds {info.filename:.80} twice", remedy=_AGAIN
            )
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & _ENCRYPTED:
            raise CheckpointError(
                problem=f"{info.filename:.80} is compressed or encrypted",
                remedy="get a file that torch.save has written",
            )
        members[info.filename] = info
    return members


def _prefix(members: Mapping[str, zipfile.ZipInfo]) -> str:
    """Returns the folder in the archive with a trailing slash; any name is allowed."""
    pickles = [name for name in members if name.endswith("/data.pkl")]
    if len(pickles) != 1 or pickles[0].count("/") != 1:
        raise CheckpointError(
            problem="the archive does not hold one data.pkl", remedy=_AGAIN
        )
    return pickles[0].removesuffix("data.pkl")


def _references(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> dict[str, TensorRef]:
    if info.file_size > _MAX_PICKLE:
        raise CheckpointError(problem="the pickle is too large", remedy=_AGAIN)
    return read_tensors(archive.read(info))


def _check_byte_order(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> None:
    if info and (info.file_size > len("little") or archive.read(info) != b"little"):
        raise UnsupportedError(
            problem="the file was written on a big-endian machine",
            remedy="load it in PyTorch and save it again on another machine",
        )


def _storage(
    raw: NDArray[np.uint8], members: Mapping[str, zipfile.ZipInfo], name: str
) -> NDArray[np.uint8]:
    """Returns the bytes of a member, from its local header on, checked to be there."""
    info = members.get(name)
    if info is None:
        raise CheckpointError(problem=f"the archive lacks {name:.80}", remedy=_AGAIN)
    start = max(info.header_offset, 0)
    header = raw[start : start + _LOCAL_HEADER.size].tobytes()
    if len(header) == _LOCAL_HEADER.size:
        magic, name_size, extra_size = _LOCAL_HEADER.unpack(header)
        start += _LOCAL_HEADER.size + name_size + extra_size
        if magic == _LOCAL_MAGIC and start + info.file_size <= raw.size:
            return raw[start : start + info.file_size]
    raise CheckpointError(
        problem=f"the archive is cut off in {name:.80}", remedy=_AGAIN
    )


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
