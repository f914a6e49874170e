"""Small PNG and JPEG files, right and wrong ones."""

import base64
import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes = b"") -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def header(width, height, *, depth=8, colour=2, interlace=0) -> bytes:
    body = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return chunk(b"IHDR", body)


def rows(width: int, height: int) -> bytes:
    """Rows of RGB pixels, a gradient in green and blue."""
    return b"".join(
        b"\0"
        + b"".join(
            bytes((40, 90 + 120 * x // width, 80 + 160 * y // height))
            for x in range(width)
        )
        for y in range(height)
    )


def png(width=8, height=6, *extra: bytes) -> bytes:
    """A picture; `extra` chunks stand before its data."""
    data = chunk(b"IDAT", zlib.compress(rows(width, height)))
    parts = (PNG, header(width, height), *extra, data, chunk(b"IEND"))
    return b"".join(parts)


JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEAZABkAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////"
    "////////////////////////////////////////////wAALCAABAAEBAREA/8QAHwAAAQUBAQEB"
    "AQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1Fh"
    "ByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZ"
    "WmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG"
    "x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AJ6//9k="
)
"""One grey pixel, as browsers take it."""
