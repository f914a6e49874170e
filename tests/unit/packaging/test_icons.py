"""The program's icon for Windows and macOS, and of any size."""

from PySide6.QtGui import QImage

from resources.packaging import icons
from tests.conftest import ROOT

SVG = ROOT / "resources/icons/moss.svg"


def test_a_picture_of_any_size(qapp):
    image = QImage.fromData(icons.png(SVG, 48))
    assert (image.width(), image.height()) == (48, 48)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(8, 24).alpha() == 255


def test_windows_reads_all_sizes(qapp):
    data = icons.ico(SVG)
    assert data[:6] == b"\0\0\1\0\6\0"
    assert max(QImage.fromData(data).width(), 0) in (16, 24, 32, 48, 64, 256)
    widths, offset = [], 6
    for index in range(6):
        entry = data[offset + 16 * index :][:16]
        size = int.from_bytes(entry[8:12], "little")
        at = int.from_bytes(entry[12:16], "little")
        widths.append(QImage.fromData(data[at : at + size]).width())
        assert entry[0] == widths[-1] % 256
    assert widths == [16, 24, 32, 48, 64, 256]


def test_macos_reads_all_sizes(qapp):
    data = icons.icns(SVG)
    assert data[:4] == b"icns"
    assert int.from_bytes(data[4:8], "big") == len(data)
    found, at = {}, 8
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        found[data[at : at + 4]] = QImage.fromData(data[at + 8 : at + size]).width()
        at += size
    assert found == {b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}
