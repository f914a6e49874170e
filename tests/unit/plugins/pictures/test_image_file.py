"""Files of pictures: what is kept of good ones, and which are not."""

import struct
import tracemalloc
import zlib

import pytest

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.pictures.image_file import checked
from app.plugins.pictures.unfit import MOST_SIDE
from tests.fakes.picture_files import JPEG, PNG, chunk, header, png, rows


def fault(data: bytes) -> str:
    with pytest.raises(ToolError) as caught:
        checked(data)
    assert caught.value.failure is ToolFailure.BAD_PICTURE
    return caught.value.detail


def assembled(*parts: bytes) -> bytes:
    return b"".join((PNG, *parts))


END = chunk(b"IEND")
ROWS = zlib.compress(rows(8, 6))


def test_a_png_is_kept_as_it_is():
    picture = checked(png(8, 6))
    assert (picture.width, picture.height, picture.suffix) == (8, 6, ".png")
    assert picture.data == png(8, 6)


def test_what_is_no_picture_is_left_out_of_a_png():
    secret = chunk(b"tEXt", b"parameters\0a prompt")
    picture = checked(png(8, 6, secret) + b"behind the end")
    assert picture.data == png(8, 6)


def test_the_data_of_a_png_may_be_in_several_chunks():
    whole = assembled(
        header(8, 6), *(chunk(b"IDAT", bytes([b])) for b in ROWS), chunk(b"IDAT"), END
    )
    assert checked(whole).data == whole


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_every_depth_of_grey(depth):
    row = b"\0" + bytes((9 * depth + 7) // 8)
    data = chunk(b"IDAT", zlib.compress(row * 3))
    whole = assembled(header(9, 3, depth=depth, colour=0), data, END)
    assert checked(whole).width == 9


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 9), (8, 8), (13, 5)])
def test_interlaced_pictures(width, height):
    """Adam7's passes by the standard's own table of pixels in an 8 by 8 block."""
    block = (
        "16462646",
        "77777777",
        "56565656",
        "77777777",
        "36463646",
        "77777777",
        "56565656",
        "77777777",
    )
    data = b""
    for number in "1234567":
        lines = [
            [x for x in range(width) if block[y % 8][x % 8] == number]
            for y in range(height)
        ]
        data += b"".join(b"\0" + bytes(3 * len(line)) for line in lines if line)
    packed = chunk(b"IDAT", zlib.compress(data))
    whole = assembled(header(width, height, interlace=1), packed, END)
    assert checked(whole).height == height
    shorter = chunk(b"IDAT", zlib.compress(data[:-1]))
    fault(assembled(header(width, height, interlace=1), shorter, END))


@pytest.mark.parametrize("length", range(0, len(png(8, 6)), 5))
def test_a_png_that_ends_early(length):
    fault(png(8, 6)[:length])


def test_a_png_with_a_wrong_bit():
    whole = png(8, 6)
    for at in range(len(whole) - 12):
        fault(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


@pytest.mark.parametrize(
    "parts",
    [
        (chunk(b"IDAT", ROWS), END),
        (chunk(b"IDAT", ROWS), header(8, 6), END),
        (header(8, 6), header(8, 6), chunk(b"IDAT", ROWS), END),
        (header(8, 6), END),
        (header(8, 7), chunk(b"IDAT", ROWS), END),
        (header(8, 5), chunk(b"IDAT", ROWS), END),
        (header(8, 6, depth=3), chunk(b"IDAT", ROWS), END),
        (header(8, 6, colour=5), chunk(b"IDAT", ROWS), END),
        (header(8, 6, interlace=2), chunk(b"IDAT", ROWS), END),
        (header(0, 6), chunk(b"IDAT", ROWS), END),
        (header(MOST_SIDE + 1, 1), chunk(b"IDAT", ROWS), END),
        (header(8, 6), chunk(b"IDAT", b"no deflate"), END),
        (header(8, 6), chunk(b"IDAT", zlib.compress(b"\5" + rows(8, 6)[1:])), END),
        (header(8, 6), chunk(b"ABCD"), chunk(b"IDAT", ROWS), END),
        (chunk(b"IHDR", b"short"), chunk(b"IDAT", ROWS), END),
        (END,),
    ],
)
def test_a_png_that_makes_no_sense(parts):
    fault(assembled(*parts))


def test_a_png_that_unpacks_without_end_takes_little_memory():
    bomb = zlib.compress(bytes(200_000_000), 9)
    whole = assembled(header(8, 6), chunk(b"IDAT", bomb), END)
    tracemalloc.start()
    fault(whole)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8_000_000


def test_a_jpeg_is_kept_without_what_others_wrote():
    assert checked(JPEG).data == JPEG
    assert (checked(JPEG).width, checked(JPEG).height) == (1, 1)
    exif = b"\xff\xe1\x00\x08secret"
    remark = b"\xff\xfe\x00\x05abc"
    picture = checked(JPEG[:2] + exif + remark + JPEG[2:] + b"behind the end")
    assert (picture.data, picture.suffix) == (JPEG, ".jpg")


@pytest.mark.parametrize("length", range(2, len(JPEG), 7))
def test_a_jpeg_that_ends_early(length):
    fault(JPEG[:length])


def test_a_jpeg_that_makes_no_sense():
    frame = JPEG.index(b"\xff\xc0")
    scan = JPEG.index(b"\xff\xda")
    length = struct.unpack_from(">H", JPEG, frame + 2)[0]
    twice = JPEG[: frame + 2 + length] + JPEG[frame:]
    huge = JPEG[: frame + 5] + b"\xff\xff\xff\xff" + JPEG[frame + 9 :]
    empty = JPEG[: frame + 5] + b"\0\0\0\0" + JPEG[frame + 9 :]
    arithmetic = JPEG[:frame] + b"\xff\xc9" + JPEG[frame + 2 :]
    scanless = JPEG[:scan] + b"\xff\xd9"
    frameless = JPEG[:frame] + JPEG[frame + 2 + length :]
    many = JPEG[:-2] + JPEG[scan:-2] * 100 + JPEG[-2:]
    for whole in (twice, huge, empty, arithmetic, scanless, frameless, many):
        fault(whole)


def test_other_files():
    for whole in (b"", b"GIF89a", b"RIFF    WEBPVP8 ", b"<svg/>", b"\x89PNG"):
        fault(whole)
