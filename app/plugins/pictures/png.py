"""PNG files (ISO/IEC 15948), checked down to the last row and stripped.

The pixels are unpacked in pieces, as far as the picture's size allows and not a byte
further, and thrown away.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from app.plugins.pictures.unfit import Fault, UnfitError, check_size

MAGIC: Final = b"\x89PNG\r\n\x1a\n"

_HEAD: Final = struct.Struct(">I4s")
_CHECK: Final = struct.Struct(">I")
_HEADER: Final = struct.Struct(">IIBBBBB")
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type: grey, RGB, palette, grey and alpha, RGBA."""
_DEPTHS: Final = {
    0: {1, 2, 4, 8, 16},
    2: {8, 16},
    3: {1, 2, 4, 8},
    4: {8, 16},
    6: {8, 16},
}
_KEPT: Final = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Each pass: first column, first row, step between columns, step between rows."""
_LAST_FILTER: Final = 4
_PIECE: Final = 1 << 20

_Chunk = tuple[bytes, bytes, bytes]
"""Name, content, and all of it as it is in the file."""


def cleaned(data: bytes) -> tuple[bytes, int, int]:
    """The file with nothing but its picture, and its width and height.

    Raises:
        UnfitError: It is damaged or too large.
    """
    chunks = [chunk for chunk in _chunks(data) if _is_kept(chunk[0])]
    names = [name for name, _, _ in chunks]
    if names[0] != b"IHDR" or names.count(b"IHDR") > 1 or names.count(b"PLTE") > 1:
        raise UnfitError(Fault.STRUCTURE)
    width, height, rows = _rows(chunks[0][1])
    _unpack((content for name, content, _ in chunks if name == b"IDAT"), rows)
    return MAGIC + b"".join(whole for _, _, whole in chunks), width, height


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """The chunks up to `IEND`; what lies behind it is not looked at."""
    at, name = len(MAGIC), b""
    while name != b"IEND":
        content = at + _HEAD.size
        if content > len(data):
            raise UnfitError(Fault.ENDS_EARLY)
        size, name = _HEAD.unpack_from(data, at)
        end = content + size
        if end + _CHECK.size > len(data):
            raise UnfitError(Fault.ENDS_EARLY)
        if _CHECK.unpack_from(data, end) != (zlib.crc32(data[at + 4 : end]),):
            raise UnfitError(Fault.CHECKSUM)
        yield name, data[content:end], data[at : end + _CHECK.size]
        at = end + _CHECK.size


def _is_kept(name: bytes) -> bool:
    """Whether a chunk belongs to the picture.

    Raises:
        UnfitError: It is critical, which its capital letter says, and unknown.
    """
    if name not in _KEPT and name[:1].isupper():
        raise UnfitError(Fault.KIND)
    return name in _KEPT


def _rows(header: bytes) -> tuple[int, int, list[int]]:
    """Width, height, and how many bytes each row has, its filter included."""
    if len(header) != _HEADER.size:
        raise UnfitError(Fault.HEADER)
    width, height, depth, colour, method, filters, interlace = _HEADER.unpack(header)
    if depth not in _DEPTHS.get(colour, ()) or method or filters or interlace > 1:
        raise UnfitError(Fault.KIND)
    check_size(width, height)
    bits = depth * _CHANNELS[colour]
    rows: list[int] = []
    for left, top, across, down in _ADAM7 if interlace else ((0, 0, 1, 1),):
        columns = (width - left + across - 1) // across
        lines = (height - top + down - 1) // down
        if columns > 0:
            rows += [1 + (columns * bits + 7) // 8] * lines
    return width, height, rows


def _unpack(parts: Iterable[bytes], rows: list[int]) -> None:
    """Sees that the data unpacks to just these rows."""
    unpacker = zlib.decompressobj()
    lengths = iter(rows)
    filled, length = 0, next(lengths)
    for piece in _pieces(unpacker, parts):
        at = 0
        while at < len(piece):
            if not length or (not filled and piece[at] > _LAST_FILTER):
                raise UnfitError(Fault.DATA)
            step = min(length - filled, len(piece) - at)
            at, filled = at + step, filled + step
            if filled == length:
                filled, length = 0, next(lengths, 0)
    if length or not unpacker.eof:
        raise UnfitError(Fault.ENDS_EARLY)


def _pieces(unpacker: "zlib._Decompress", parts: Iterable[bytes]) -> Iterator[bytes]:
    """What is packed in `parts`, never more than a piece at a time."""
    try:
        for part in parts:
            waiting = part
            while waiting and not unpacker.eof:
                yield unpacker.decompress(waiting, _PIECE)
                waiting = unpacker.unconsumed_tail
    except zlib.error as error:
        raise UnfitError(Fault.DATA) from error
