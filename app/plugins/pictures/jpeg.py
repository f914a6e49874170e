"""JPEG files (ITU-T T.81), every segment walked and stripped.

The entropy-coded data within a scan is bounded by the picture's size and the number of
scans, but not decoded here.
"""

import struct
from collections.abc import Iterator
from typing import Final

from app.plugins.pictures.unfit import Fault, UnfitError, check_size

MAGIC: Final = b"\xff\xd8"

_FF: Final = 0xFF
_END: Final = 0xD9
_SCAN: Final = 0xDA
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended sequential and progressive, Huffman-coded."""
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xEE})
"""Huffman and quantization tables, restarts, JFIF's and Adobe's colours."""
_LEFT_OUT: Final = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""What other programs wrote, and comments."""
_IN_SCANS: Final = frozenset({0, *range(0xD0, 0xD8)})
"""Behind 0xFF within a scan's data: a byte that is 0xFF itself, and restarts."""
_MOST_SCANS: Final = 64
_FRAME: Final = struct.Struct(">BHHB")
_LENGTH: Final = struct.Struct(">H")
_DEPTH: Final = 8
_CHANNELS: Final = (1, 3, 4)


def cleaned(data: bytes) -> tuple[bytes, int, int]:
    """The file with nothing but its picture, and its width and height.

    Raises:
        UnfitError: It is damaged, too large, or of a rare kind.
    """
    kept = [MAGIC]
    sizes: list[tuple[int, int]] = []
    scans = 0
    for marker, segment in _segments(data):
        if marker in _FRAMES:
            sizes.append(_size(segment))
        elif marker == _SCAN:
            scans += 1
            if not sizes or scans > _MOST_SCANS:
                raise UnfitError(Fault.STRUCTURE)
        elif marker in _LEFT_OUT:
            continue
        elif marker not in _TABLES:
            raise UnfitError(Fault.KIND)
        kept.append(bytes((_FF, marker)) + segment)
    if len(sizes) != 1 or not scans:
        raise UnfitError(Fault.STRUCTURE)
    kept.append(bytes((_FF, _END)))
    return b"".join(kept), *sizes[0]


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment up to the end, a scan's data included."""
    at = len(MAGIC)
    while True:
        marker, at = _marker(data, at)
        if marker == _END:
            return
        if at + _LENGTH.size > len(data):
            raise UnfitError(Fault.ENDS_EARLY)
        (length,) = _LENGTH.unpack_from(data, at)
        end = at + length
        if length < _LENGTH.size or end > len(data):
            raise UnfitError(Fault.ENDS_EARLY)
        if marker == _SCAN:
            end = _scan_end(data, end)
        yield marker, data[at:end]
        at = end


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker at a place, and where it ends; it may be filled up in front."""
    end = at
    while end < len(data) and data[end] == _FF:
        end += 1
    if end >= len(data):
        raise UnfitError(Fault.ENDS_EARLY)
    if end == at:
        raise UnfitError(Fault.STRUCTURE)
    return data[end], end + 1


def _size(segment: bytes) -> tuple[int, int]:
    """Width and height in a frame's header."""
    if len(segment) < _LENGTH.size + _FRAME.size:
        raise UnfitError(Fault.HEADER)
    depth, height, width, channels = _FRAME.unpack_from(segment, _LENGTH.size)
    if depth != _DEPTH or channels not in _CHANNELS:
        raise UnfitError(Fault.KIND)
    check_size(width, height)
    return width, height


def _scan_end(data: bytes, at: int) -> int:
    """Where a scan's data ends: at the first marker that does not belong to it."""
    while True:
        at = data.find(_FF, at)
        if at < 0 or at + 1 >= len(data):
            raise UnfitError(Fault.ENDS_EARLY)
        if data[at + 1] not in _IN_SCANS:
            return at
        at += 2
