"""What is inside a build, and how large: `python -m resources.packaging.sizes FOLDER`.

Packed is what the part alone takes as xz; parts that are alike are smaller together.
"""

import argparse
import lzma
import re
from collections import defaultdict
from pathlib import Path
from typing import Final

_MEGABYTE: Final = 1e6
_PRESET: Final = 6
_REST: Final = "everything else"
PARTS: Final = (
    ("ICU, Qt's tables of all languages", r".*libicu.*"),
    ("Qt", r".*PySide6/Qt/.*"),
    ("PySide6 and shiboken6", r".*(PySide6|shiboken6)/.*"),
    ("llama.cpp and ggml's variants for processors", r".*llama_cpp/lib/.*"),
    ("NumPy with OpenBLAS", r".*numpy(\.libs)?/.*"),
    ("the demo model", r".*resources/demo/.*"),
    ("icons and translations", r".*resources/.*"),
    ("SymPy", r".*(sympy|mpmath)/.*"),
    ("the program", r".*(app|converter)/.*\.pyc|moss(\.exe)?"),
    ("fonts and tables for formulas", r".*(ziamath|ziafont|latex2mathml).*"),
    ("sentencepiece", r".*sentencepiece.*"),
    ("Python", r".*(libpython|python3|base_library|lib-dynload).*"),
    ("other modules, Python's own among them", r".*\.pyc"),
    ("licences and other texts", r".*(LICEN[CS]E|NOTICE|\.md|dist-info).*"),
    ("libraries of the system: X11's, OpenSSL, SQLite …", r".*\.so[.0-9]*"),
)
"""A part, and the pattern of its files' names; the first that fits counts."""


def part_of(name: str) -> str:
    """The part that a file belongs to."""
    fitting = (title for title, files in PARTS if re.fullmatch(files, name))
    return next(fitting, _REST)


def table(build: Path) -> str:
    """The sizes as a table in Markdown."""
    files: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(build.rglob("*")):
        if path.is_file() and not path.is_symlink():
            files[part_of(path.relative_to(build).as_posix())].append(path)
    rows = []
    for title, paths in files.items():
        packer = lzma.LZMACompressor(preset=_PRESET)
        size = packed = 0
        for path in paths:
            data = path.read_bytes()
            size += len(data)
            packed += len(packer.compress(data))
        rows.append((size, packed + len(packer.flush()), title))
    rows.sort(reverse=True)
    rows.append((sum(row[0] for row in rows), sum(row[1] for row in rows), "together"))
    lines = [
        f"| {title} | {size / _MEGABYTE:.1f} | {packed / _MEGABYTE:.1f} |"
        for size, packed, title in rows
    ]
    return "\n".join(["| | MB | packed, MB |", "|---|---:|---:|", *lines])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="resources.packaging.sizes")
    parser.add_argument("build", type=Path, help="the folder that PyInstaller has made")
    print(table(parser.parse_args().build))


if __name__ == "__main__":
    main()
