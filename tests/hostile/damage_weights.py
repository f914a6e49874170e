"""Random damage to weights, by what their formats mean, and to the header of a GGUF."""

import math
import pickletools
import struct
import zipfile
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
from gguf import GGUFReader

from tests.checkpoints import Arrays, Pickle, write_archive, write_weights
from tests.hostile.damage import (
    INTEGERS,
    TEXTS,
    changed_json,
    damaged,
    files_of,
    replace,
)


def _weights(random: Random, folder: Path) -> Path:
    return random.choice(files_of(folder, ".bin", ".safetensors"))


def change_header(random: Random, folder: Path) -> None:
    """Changes a safetensors header by what it means, or its length."""
    path = _weights(random, folder)
    if path.suffix != ".safetensors":
        return change_archive(random, folder)
    data = path.read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    header = data[8 : 8 + size]
    if random.random() < 0.8:
        header = changed_json(random, header.decode())
    size = len(header)
    if random.random() < 0.2:
        size = random.choice(
            (0, 1, size - 1, size + 1, size + 8, 1 << 31, (1 << 64) - 1)
        )
    return replace(path, struct.pack("<Q", size) + header + data[8 + size :])


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {
            name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()
        }


def change_pickle(random: Random, folder: Path) -> None:
    """Changes the pickle within a sound archive."""
    path = _weights(random, folder)
    if path.suffix != ".bin":
        return change_header(random, folder)
    members = _members(path)
    pickle = members.pop("data.pkl")
    members.pop("version", None)
    change = random.choice((damaged, _other_operations, _other_operations))
    pickle = change(random, pickle)
    path.unlink()
    return write_archive(path, pickle, members)


def _other_operations(random: Random, pickle: bytes) -> bytes:
    """A pickle with some of its operations changed, each still whole."""
    places = [place for _, _, place in pickletools.genops(pickle)] + [len(pickle)]
    parts = [pickle[start:stop] for start, stop in pairwise(places)]
    for _ in range(random.choice((1, 1, 2, 5))):
        place = random.randrange(len(parts))
        other = random.randrange(len(parts))
        match random.randrange(7):
            case 0:
                parts[place] = b""
            case 1:
                parts[place] = parts[other]
            case 2:
                parts[place], parts[other] = parts[other], parts[place]
            case 3:
                count = random.choice((1, 3, 20, 200))
                parts[place:place] = parts[other : other + count]
            case 4:
                code = random.choice(list(pickletools.code2op)).encode("latin-1")
                parts[place] = code + parts[place][1:]
            case 5:
                number = random.choice(INTEGERS)
                parts[place] = Pickle().number(number).bytes()[2:]
            case _:
                text = random.choice(TEXTS).encode("utf-8", "replace").decode()
                parts[place] = Pickle().text(text).bytes()[2:]
    return b"".join(parts)


def change_archive(random: Random, folder: Path) -> None:
    """Damages what a zip archive says of its members."""
    path = _weights(random, folder)
    if path.suffix != ".bin":
        return change_header(random, folder)
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        directory = archive.start_dir
        heads = [info.header_offset for info in archive.infolist()]
    if random.random() < 0.7:
        return replace(path, data[:directory] + damaged(random, data[directory:]))
    head = random.choice(heads)
    stop = head + 60
    return replace(path, data[:head] + damaged(random, data[head:stop]) + data[stop:])


def change_tensors(random: Random, folder: Path, arrays: Arrays) -> None:
    """Writes the weights anew, some with other shapes, types or values."""
    changed = dict(arrays)
    for _ in range(random.choice((1, 1, 2, 4))):
        name = random.choice(sorted(changed))
        match random.randrange(6):
            case 0:
                del changed[name]
            case 1:
                changed[name + random.choice(("", ".x", "\n", "😀"))] = changed[name]
            case 2:
                other = random.choice(sorted(changed))
                changed[name] = changed[other]
            case _:
                changed[name] = _other_array(random, changed[name])
    paths = files_of(folder, ".bin", ".safetensors")
    names = {path.name for path in paths}
    is_sharded = len(paths) > 1
    for path in paths:
        path.unlink()
    safe = any(name.endswith(".safetensors") for name in names)
    kind = "safetensors" if safe else "single"
    if is_sharded:
        kind = "safetensors-sharded" if safe else "sharded"
    for index in files_of(folder, ".json"):
        if index.name.endswith(".index.json"):
            index.unlink()
    with np.errstate(all="ignore"):
        write_weights(folder, changed, layout=kind)


_TYPES = (np.float16, np.float32, np.uint8, np.uint16, np.int32)


def _other_array(random: Random, array: np.ndarray) -> np.ndarray:
    """An array with another shape, type or other values."""
    kind = random.choice(_TYPES)
    changed = (
        np.ascontiguousarray(array.T),
        array.reshape(-1),
        array.reshape(-1, *[1] * random.choice((1, 2, 40))),
        array[: random.randrange(len(array)) or 1].copy(),
        np.concatenate([array, array]),
        _other_values(random, array),
    )
    with np.errstate(all="ignore"):
        return random.choice((*changed, array.astype(kind), array.view(kind)))


def _other_values(random: Random, array: np.ndarray) -> np.ndarray:
    values = array.copy()
    flat = values.reshape(-1)
    if values.dtype.kind == "f":
        number = random.choice((math.nan, math.inf, -math.inf, 65504.0, 6e4, 1e-8, 0.0))
    else:
        number = random.choice((0, 1, -1, 3, 255, (1 << 31) - 1, -(1 << 31)))
        number = np.array(number).astype(values.dtype)
    with np.errstate(all="ignore"):
        if random.random() < 0.3:
            flat[:] = number
        else:
            flat[random.randrange(flat.size)] = number
    return values


def numbers_in(model: Path) -> list[list[tuple[int, int]]]:
    """Returns place and size of the first numbers of each part of a GGUF's header."""
    reader = GGUFReader(model)
    found = [[(4, 4), (8, 8), (16, 8)]]  # version, number of tensors and of keys
    for field in [*reader.fields.values(), *(t.field for t in reader.tensors)]:
        place, numbers = field.offset, []
        for part in field.parts[:8]:
            numbers += [(place, part.nbytes)] * (part.size == 1)
            place += part.nbytes
        found.append(numbers)
    return found


def change_gguf(
    random: Random, data: bytes, numbers: list[list[tuple[int, int]]]
) -> bytes:
    """Damages a GGUF, mostly the numbers in its header."""
    match random.randrange(5):
        case 0:
            return damaged(random, data)
        case 1:
            return data[: random.randrange(len(data))]
        case 2:
            head = random.choice((24, 200, 40_000))
            return damaged(random, data[:head]) + data[head:]
        case _:
            place, size = random.choice(random.choice(numbers))
            number = random.choice(INTEGERS)
            low = number & (1 << 8 * size) - 1
            return data[:place] + low.to_bytes(size, "little") + data[place + size :]
