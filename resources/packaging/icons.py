"""The program's icon in the forms that systems want, drawn from its SVG.

Formats: ICO as in Microsoft's "Icons" (an index of PNG files); ICNS as in Apple's "Icon
Services" (types and lengths, big-endian, before PNG files).
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

_WINDOWS_SIZES: Final = (16, 24, 32, 48, 64, 256)
_MAC_TYPES: Final = {128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}
_ICO_HEADER: Final = struct.Struct("<HHH")
_ICO_ENTRY: Final = struct.Struct("<BBBBHHII")
_BYTE: Final = 256


def png(svg: Path, size: int) -> bytes:
    """The icon as a PNG file, so many pixels wide and high."""
    image = QImage(QSize(size, size), QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(svg)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] -- the stubs want bytes
    return bytes(buffer.data().data())


def ico(svg: Path) -> bytes:
    """The icon for Windows."""
    return packed_ico({size: png(svg, size) for size in _WINDOWS_SIZES})


def icns(svg: Path) -> bytes:
    """The icon for macOS."""
    return packed_icns({size: png(svg, size) for size in _MAC_TYPES})


def packed_ico(images: Mapping[int, bytes]) -> bytes:
    """An ICO file of PNG files by their sizes in pixels, 256 at most."""
    offset = _ICO_HEADER.size + _ICO_ENTRY.size * len(images)
    index = [_ICO_HEADER.pack(0, 1, len(images))]
    for size, data in images.items():
        side = size % _BYTE  # 0 says 256
        index.append(_ICO_ENTRY.pack(side, side, 0, 0, 1, 32, len(data), offset))
        offset += len(data)
    return b"".join([*index, *images.values()])


def packed_icns(images: Mapping[int, bytes]) -> bytes:
    """An ICNS file of PNG files by their sizes in pixels."""
    head = struct.Struct(">4sI")
    blocks = [
        head.pack(_MAC_TYPES[size], head.size + len(data)) + data
        for size, data in images.items()
    ]
    body = b"".join(blocks)
    return head.pack(b"icns", head.size + len(body)) + body
