"""Random damage to files: to bytes, to lines, and to what JSON means.

A mutation gets a source of random numbers and a checkpoint's folder, and changes
something in it. Every file there may be a hard link to a sound one: so a file is never
written to, but replaced.
"""

import json
import math
import re
from pathlib import Path
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "a",
    "é",
    "模型",
    "😀",
    "\ud800",
    "\x00",
    "\n",
    "\x1b[2J",
    "\u202e",
    "..",
    "../x",
    "/etc/passwd",
    "config.json",
    "pytorch_model.bin",
    "model.safetensors",
    "[PAD3]",
    "<eom>",
    "<|endoftext|>",
    "F32",
    "I64",
    "BOOL",
    "float32",
    "moss",
    "llama",
    "gelu",
    "demo",
    "x" * 100_000,
)
_NUMBERS = (
    *range(-2, 10),
    *(sign * (1 << power) + more for power in (7, 8, 15, 16, 31, 32, 53, 62, 63, 64)
      for more in (-1, 0, 1) for sign in (1, -1)),
    10**30,
    0.5,
    -0.0,
    1e-5,
    1e-300,
    1e308,
    math.nan,
    math.inf,
)  # fmt: skip
INTEGERS = tuple(number for number in _NUMBERS if type(number) is int)


def _value(random: Random, depth: int = 0) -> Any:
    """Any value that JSON can hold; `@n@` stands for a nest of n lists."""
    kind = random.randrange(7 if depth < 3 else 4)
    match kind:
        case 0:
            return random.choice((None, True, False))
        case 1:
            return random.choice(TEXTS)
        case 2 | 3:
            return random.choice(_NUMBERS)
        case 4:
            return [_value(random, depth + 1) for _ in range(random.randrange(4))]
        case 5:
            return {
                random.choice(TEXTS): _value(random, depth + 1)
                for _ in range(random.randrange(4))
            }
        case _:
            return f"@{random.choice((3, 50, 99, 100, 500, 985, 100_000))}@"


# -- files ---------------------------------------------------------------------------


def replace(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def files_of(folder: Path, *suffixes: str) -> list[Path]:
    """The files of a folder in order, so that a seed means the same everywhere."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and (not suffixes or path.suffix in suffixes)
    )


def damaged(random: Random, data: bytes) -> bytes:
    """The bytes with some of them changed, gone, new, or elsewhere."""
    mutated = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 10))):
        start = random.randrange(len(mutated) + 1)
        size = random.choice((0, 1, 2, 4, 8, random.randrange(200)))
        stop = min(start + size, len(mutated))
        match random.randrange(8):
            case 0:
                for place in range(start, stop):
                    mutated[place] ^= 1 << random.randrange(8)
            case 1:
                mutated[start:stop] = random.randbytes(size)
            case 2:
                del mutated[start:stop]
            case 3:
                mutated[start:start] = random.randbytes(size)
            case 4:
                mutated[start:stop] = bytes((random.choice((0, 255)),)) * size
            case 5:
                mutated[start:start] = mutated[start:stop] * random.choice((1, 2, 50))
            case 6:
                other = random.randrange(len(mutated) + 1)
                mutated[start:stop] = mutated[other : other + size]
            case _:
                number = random.choice(INTEGERS)
                size = random.choice((1, 2, 4, 8))
                low = number & (1 << 8 * size) - 1
                mutated[start : start + size] = low.to_bytes(size, "little")
    return bytes(mutated)


def damage_bytes(random: Random, folder: Path) -> None:
    """Damages the bytes of any file."""
    path = random.choice(files_of(folder))
    replace(path, damaged(random, path.read_bytes()))


def cut_off(random: Random, folder: Path) -> None:
    """Cuts a file off, or makes it longer."""
    path = random.choice(files_of(folder))
    data = path.read_bytes()
    size = random.choice((0, 1, 10, random.randrange(len(data) + 1), len(data) - 1))
    more = random.choice((b"", b"", b"", b"\0" * 100, data[:200]))
    replace(path, (data if more else data[:size]) + more)


def lose_file(random: Random, folder: Path) -> None:
    """Removes a file, or puts another in its place."""
    files = files_of(folder)
    path = random.choice(files)
    data = random.choice(files).read_bytes()
    path.unlink()
    if random.random() < 0.5:
        path.write_bytes(data)


# -- JSON and text ---------------------------------------------------------------------


def _places(value: Any) -> list[tuple[Any, Any]]:
    """All places in a value of JSON, as a container and a key."""
    found: list[tuple[Any, Any]] = []
    level = [value]
    while level:
        parent = level.pop()
        if isinstance(parent, dict):
            found += [(parent, key) for key in parent]
            level += parent.values()
        elif isinstance(parent, list):
            found += [(parent, number) for number in range(len(parent))]
            level += parent
    return found


def _changed(random: Random, value: Any) -> Any:
    """A value of JSON with something in it replaced, gone, renamed or doubled."""
    places = _places(value)
    if not places or random.random() < 0.02:
        return _value(random)
    parent, key = random.choice(places)
    others = [container[place] for container, place in places[:50]]
    match random.randrange(8):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[random.choice(TEXTS)] = parent.pop(key)
        case 2 if isinstance(parent, list):
            parent.insert(key, _value(random))
        case 3:
            parent[key] = json.loads(json.dumps(random.choice(others)))
        case 4 if type(parent[key]) is int:
            parent[key] += random.choice((-1, 1, 2, 32, -parent[key], 1 << 31))
        case 5 if isinstance(parent, dict):
            parent[random.choice(TEXTS)] = _value(random)
        case _:
            parent[key] = _value(random)
    return value


def changed_json(random: Random, text: str) -> bytes:
    value = json.loads(text)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        value = _changed(random, value)
    text = json.dumps(value, ensure_ascii=random.random() < 0.8)
    if random.random() < 0.03 and isinstance(value, dict) and value:
        name = json.dumps(random.choice(list(value)))  # the same name a second time
        text = text[:-1] + f", {name}: {json.dumps(_value(random))}}}"
    text = re.sub('"@([0-9]+)@"', lambda n: "[" * int(n[1]) + "]" * int(n[1]), text)
    return text.encode("utf-8", random.choice(("replace", "surrogatepass")))


def change_json(random: Random, folder: Path) -> None:
    """Changes something in one of the JSON files."""
    path = random.choice(files_of(folder, ".json"))
    replace(path, changed_json(random, path.read_text("utf-8")))


def change_config(random: Random, folder: Path) -> None:
    """Changes something in `config.json`, on which most depends."""
    path = folder / "config.json"
    replace(path, changed_json(random, path.read_text("utf-8")))


def change_tokenizer(random: Random, folder: Path) -> None:
    """Changes lines of `merges.txt`, or bytes of `tokenizer.model`."""
    path = folder / "merges.txt"
    if not path.exists():
        path = folder / "tokenizer.model"
        return replace(path, damaged(random, path.read_bytes()))
    lines = path.read_text("utf-8").split("\n")
    for _ in range(random.choice((1, 1, 3, 20))):
        place = random.randrange(len(lines))
        match random.randrange(6):
            case 0:
                del lines[place]
                lines = lines or [""]
            case 1:
                lines.insert(place, random.choice(lines))
            case 2:
                other = random.randrange(len(lines))
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines[place] = lines[place].replace(
                    " ", random.choice(("", "  ", "\t"))
                )
            case 4:
                lines[place] += random.choice((" ", "\r", "\0", "\ufeff", " a", "é"))
            case _:
                words = [random.choice(TEXTS[:20]) for _ in range(random.randrange(4))]
                lines[place] = " ".join(words)
    return replace(path, "\n".join(lines).encode("utf-8", "surrogatepass"))
