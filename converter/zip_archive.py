"""Reads a zip archive whose members are stored as they are, through a memory map.

A small file cannot unfold into a large one: compressed members are refused. So is what
two programs could read in two ways: members that overlap or occur twice, and an archive
with something in front of it. Nothing is ever unpacked onto the disk.
"""

import errno
import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from converter.errors import CheckpointError

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_END = struct.Struct("<4s4H2IH")
_END_MAGIC = b"PK\x05\x06"
_MANY = 0xFFFF  # "more than fit in here"
_MAX_MEMBERS = 1 << 16  # MOSS has some 400
_MAX_LIST = 16 << 20  # bytes of the list of members
_ENCRYPTED = 1
# What zipfile raises for bytes that are no sound archive.
_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    OSError,
    RuntimeError,
    OverflowError,
    ValueError,
    struct.error,
)
_AGAIN = "download the file again"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive.

    Attributes:
        data: Its bytes, in the mapped archive.
        checksum: Their CRC-32, as the archive says.
    """

    data: NDArray[np.uint8]
    checksum: int

    def read(self) -> bytes:
        """Returns the bytes of a small member.

        Raises:
            CheckpointError: They are not those that were written.
        """
        data = self.data.tobytes()
        if zlib.crc32(data) != self.checksum:
            raise CheckpointError(
                problem="the zip archive is damaged: a checksum is wrong",
                remedy=_AGAIN,
            )
        return data


def read_members(path: Path) -> dict[str, Member]:
    """Returns the members of an archive by name.

    Raises:
        CheckpointError: The archive is damaged, or of a kind described above.
    """
    try:
        with _Frugal(path) as file, zipfile.ZipFile(file) as archive:
            infos, directory = archive.infolist(), archive.start_dir
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # a disk that cannot be read, not a place before the file's start
        raise CheckpointError(
            problem="the zip archive is damaged or cut off", remedy=_AGAIN
        ) from error
    raw = np.memmap(path, np.uint8, "r").view(np.ndarray)
    _check_end(raw, len(infos))
    members: dict[str, Member] = {}
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        _check_kind(info)
        start = _start(raw, info)
        stop = start + info.file_size
        if info.header_offset < end or stop > directory:
            raise _strange(info, "overlaps another member")
        if not members and info.header_offset:
            raise _strange(info, "is the first member, but something precedes it")
        if info.filename in members:
            raise _strange(info, "is in the archive twice")
        members[info.filename] = Member(raw[start:stop], info.CRC)
        end = stop
    return members


class _Frugal(io.FileIO):
    """A file of which nobody can read much at once.

    `zipfile` loads the list of members whole, however long the file says it is.
    """

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        """Reads up to `size` bytes."""
        if size is not None and size > _MAX_LIST:
            message = "the list of members is too long"
            raise zipfile.BadZipFile(message)
        return super().read(size)


def _check_end(raw: NDArray[np.uint8], count: int) -> None:
    """Makes sure that the archive ends with the file: nobody can find another end."""
    if count > _MAX_MEMBERS:
        raise CheckpointError(problem=f"the archive has {count} members", remedy=_AGAIN)
    magic, *disks, here, total, _, _, comment = _END.unpack(raw[-_END.size :].tobytes())
    if (
        magic != _END_MAGIC
        or any(disks)
        or here != total
        or total not in {count, _MANY}
        or comment
    ):
        raise CheckpointError(
            problem="the archive's end does not fit it, or is not the file's",
            remedy=_AGAIN,
        )


def _check_kind(info: zipfile.ZipInfo) -> None:
    if (
        info.compress_type != zipfile.ZIP_STORED
        or info.compress_size != info.file_size
        or info.flag_bits & _ENCRYPTED
    ):
        raise _strange(info, "is compressed or encrypted")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _strange(info, "is a link")
    # zipfile ends a name at a NUL; other programs may not.
    if info.filename != info.orig_filename:
        raise _strange(info, "has no sound name")


def _start(raw: NDArray[np.uint8], info: zipfile.ZipInfo) -> int:
    """Returns where a member's bytes begin, by its local header; they end in time."""
    start: int = max(info.header_offset, 0)
    header = raw[start : start + _LOCAL_HEADER.size].tobytes()
    if len(header) == _LOCAL_HEADER.size:
        magic, name_size, extra_size = _LOCAL_HEADER.unpack(header)
        start += _LOCAL_HEADER.size + name_size + extra_size
        if magic == _LOCAL_MAGIC and start + info.file_size <= raw.size:
            return start
    raise CheckpointError(
        problem=f"the archive is cut off in {info.filename:.80}", remedy=_AGAIN
    )


def _strange(info: zipfile.ZipInfo, what: str) -> CheckpointError:
    return CheckpointError(
        problem=f"{info.orig_filename:.80} in the archive {what}",
        remedy="get a file that torch.save has written",
    )
