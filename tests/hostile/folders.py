"""Checkpoints whose small files, or whole folders, are traps.

Each spoils a sound checkpoint's folder in place.
"""

import json
import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.checkpoints import write_json

_WEIGHTS = "pytorch_model.bin"
_MANY = 5_000_000


def _pipe(name: str) -> Callable[[Path], None]:
    """Nobody ever writes into it, so whoever opens it waits."""

    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return spoil


def _link(name: str, target: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return spoil


def _folder(name: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


def _holes(name: str, size: int, end: bytes = b"") -> Callable[[Path], None]:
    """A file that is nothing but a hole: large, but not on the disk."""

    def spoil(folder: Path) -> None:
        with (folder / name).open("wb") as file:
            file.truncate(size - len(end))
            file.seek(0, os.SEEK_END)
            file.write(end)

    return spoil


def _text(name: str, make: Callable[[], str]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_text(make(), "utf-8")

    return spoil


def _config(**changes: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        write_json(folder / "config.json", config | changes)

    return spoil


def _index(make: Callable[[], str]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / _WEIGHTS).unlink()
        (folder / f"{_WEIGHTS}.index.json").write_text(make(), "utf-8")

    return spoil


def _safetensors(header: Callable[[], bytes], size: int | None = None):
    def spoil(folder: Path) -> None:
        text = header()
        length = struct.pack("<Q", len(text) if size is None else size)
        (folder / "model.safetensors").write_bytes(length + text + bytes(64))

    return spoil


def _entry(shape: str) -> Callable[[], bytes]:
    return lambda: (
        b'{"w": {"dtype": "U8", "shape": [%s], "data_offsets": [0, 1]}}'
        % shape.encode()
    )


_LIST_OF_4_GB = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, 0xFFFFFFF0, 1, 0)

FOLDERS: Mapping[str, tuple[Callable[[Path], None], str]] = {
    # files that are none
    "config is a pipe": (_pipe("config.json"), "config.json: this is no file"),
    "vocabulary is a pipe": (_pipe("vocab.json"), "vocab.json: this is no file"),
    "merges are a pipe": (_pipe("merges.txt"), "merges.txt: this is no file"),
    "added tokens are a pipe": (_pipe("added_tokens.json"), "this is no file"),
    "weights are a pipe": (_pipe(_WEIGHTS), "there is no pytorch_model.bin"),
    "config is a device": (_link("config.json", "/dev/zero"), "this is no file"),
    "merges are a device": (_link("merges.txt", "/dev/zero"), "this is no file"),
    "weights are a device": (_link(_WEIGHTS, "/dev/zero"), "there is no pytorch"),
    "config is a folder": (_folder("config.json"), "this is no file"),
    "weights are a folder": (_folder(_WEIGHTS), "there is no pytorch_model.bin"),
    "config is a link to itself": (
        _link("config.json", "config.json"),
        "config.json: the file",
    ),
    "config is a link to nothing": (
        _link("config.json", "nowhere"),
        "config.json: the file is missing",
    ),
    "weights are a link to themselves": (_link(_WEIGHTS, _WEIGHTS), "there is no pyt"),
    # large files
    "config of 2 GB": (_holes("config.json", 2 << 30), "larger than"),
    "vocabulary of 2 GB": (_holes("vocab.json", 2 << 30), "larger than"),
    "merges of 2 GB": (_holes("merges.txt", 2 << 30), "larger than"),
    "weights of 64 GB of nothing": (_holes(_WEIGHTS, 64 << 30), "zip archive"),
    "weights with a list of 4 GB": (
        _holes(_WEIGHTS, 5 << 30, _LIST_OF_4_GB),
        "zip archive",
    ),
    "safetensors of 64 GB of nothing": (
        _holes("model.safetensors", 64 << 30),
        "the header is no sound JSON",
    ),
    # JSON
    "config of 5 million lists": (
        _text("config.json", lambda: '{"a": [' + "[]," * _MANY + "[]]}"),
        "model_type is None",
    ),
    "config of a number of a million digits": (
        _text("config.json", lambda: '{"n_embd": ' + "9" * 1_000_000 + "}"),
        "no sound JSON",
    ),
    "config nested 900 levels deep": (
        _text("config.json", lambda: '{"a": ' + "[" * 900 + "]" * 900 + "}"),
        "nested too deeply",
    ),
    "config nested a million levels deep": (
        _text("config.json", lambda: '{"a": ' + "[" * 1_000_000),
        "no sound JSON",
    ),
    "config in another encoding": (
        lambda folder: (folder / "config.json").write_text("{}", "utf-16"),
        "no text in UTF-8",
    ),
    "vocabulary of 700,000 tokens": (
        _text("vocab.json", lambda: json.dumps({f"t{n}": n for n in range(700_000)})),
        "beyond vocab_size",
    ),
    "token that a terminal obeys": (
        _text("vocab.json", lambda: json.dumps({"\x1b]0;evil\x07": 1 << 40})),
        "beyond vocab_size",
    ),
    "half a character as token": (
        _text("vocab.json", lambda: '{"\\ud800": 1}'),
        "is no text",
    ),
    # numbers
    "vocabulary of 2 billion rows": (_config(vocab_size=(1 << 31) - 1), "vocab_size"),
    "model type that is a list": (_config(model_type=["moss"]), "['moss'], not one of"),
    "activation that is an object": (_config(activation_function={}), "activation {}"),
    "2 billion layers": (_config(n_layer=(1 << 31) - 1), ""),
    "2 billion heads": (_config(n_head=(1 << 31) - 4), "no count up to"),
    "width of 2 billion": (_config(n_embd=(1 << 31) - 32), ""),
    "width inside of 2 billion": (_config(n_inner=(1 << 31) - 1), "no count up to"),
    "rotary dimensions of 2 billion": (_config(rotary_dim=1 << 30), "rotary_dim"),
    # index
    "index of files elsewhere": (
        _index(lambda: '{"weight_map": {"w": "../../../../etc/passwd"}}'),
        "no file beside it",
    ),
    "index of a file with a line break": (
        _index(lambda: '{"weight_map": {"w": "a\\nb\\u001b[2J"}}'),
        "files that are missing",
    ),
    "index of a file with a name of 5,000 letters": (
        _index(lambda: json.dumps({"weight_map": {"w": "w" * 5000}})),
        "File name too long",
    ),
    "index of 50,000 files": (
        _index(
            lambda: json.dumps({"weight_map": {f"{n}": f"{n}" for n in range(50_000)}})
        ),
        "files that are missing",
    ),
    "index of itself": (
        _index(lambda: '{"weight_map": {"w": "pytorch_model.bin.index.json"}}'),
        "zip archive",
    ),
    # safetensors
    "header without end": (_safetensors(lambda: b"{}", 1 << 63), "cut off"),
    "header of 1 GB": (_safetensors(lambda: b"{}", 1 << 30), "cut off"),
    "header of 2 million entries": (
        _safetensors(
            lambda: b"{" + b",".join(b'"%d":{}' % n for n in range(1_200_000)) + b"}"
        ),
        "do not fit",
    ),
    "header nested a million levels deep": (
        _safetensors(lambda: b'{"a":' + b"[" * 1_000_000),
        "no sound JSON",
    ),
    "header in UTF-16": (
        _safetensors(lambda: '{"w": 1}'.encode("utf-16")),
        "no sound JSON",
    ),
    "shape of 65 dimensions": (_safetensors(_entry("1," * 64 + "1")), "do not fit"),
    "shape of 5 million dimensions": (
        _safetensors(_entry("1," * _MANY + "1")),
        "do not fit",
    ),
    "shape of large numbers": (
        _safetensors(_entry(f"{'9' * 4000}," * 3000 + "1")),
        "do not fit",
    ),
    "shape below zero": (_safetensors(_entry("-1, -1")), "do not fit"),
}
