"""Cases of the fuzzer: sound things, random damage to them, and what to run then."""

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from typing_extensions import override

from converter.__main__ import main
from converter.convert import Request, convert
from converter.errors import Interrupted
from converter.progress import Silent
from tests import llama_checkpoints
from tests.checkpoints import (
    TINY,
    Arrays,
    Gptq,
    gptq_tensors,
    masks,
    random_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)
from tests.hostile import damage, damage_weights
from tests.imatrices import entry, random_sums, write_imatrix
from tests.llama_checkpoints import llama_tensors, rotary_buffers, write_llama

GGUF = "gguf"
IMATRIX = "imatrix"
STOPPED = "stopped"
TENSORS = "tensors"
TARGET = "moss.gguf"
_INT4 = Gptq(group_size=32)
_INT8 = Gptq(bits=8, group_size=32, activation_order=True)
_TYPES = (
    "F32",
    "F16",
    "BF16",
    "Q8_0",
    "Q4_0",
    "Q4_1",
    "Q5_1",
    "Q4_K_M",
    "Q2_K",
    "IQ4_NL",
)

MUTATIONS: Mapping[str, Callable[[Random, Path], None]] = {
    "bytes": damage.damage_bytes,
    "length": damage.cut_off,
    "files": damage.lose_file,
    "json": damage.change_json,
    "config": damage.change_config,
    "tokenizer": damage.change_tokenizer,
    "header": damage_weights.change_header,
    "pickle": damage_weights.change_pickle,
    "archive": damage_weights.change_archive,
}
"""By name; each works on a sound checkpoint."""
_ANYWHERE = ("bytes", "length", "files")
"""Those that work on a damaged one too."""


@dataclass(frozen=True)
class Base:
    """A sound checkpoint.

    Attributes:
        write: Writes it into a folder.
        arrays: Returns its tensors.
    """

    write: Callable[[Path], object]
    arrays: Callable[[], Arrays]


def _dense() -> Arrays:
    return random_tensors(TINY) | masks(TINY)


BASES: Mapping[str, Base] = {
    "single": Base(write_checkpoint, _dense),
    "sharded": Base(lambda f: write_checkpoint(f, layout="sharded"), _dense),
    "safetensors": Base(lambda f: write_checkpoint(f, layout="safetensors"), _dense),
    "safetensors-sharded": Base(
        lambda f: write_checkpoint(f, layout="safetensors-sharded", dtype="bfloat16"),
        _dense,
    ),
    "int4": Base(
        lambda f: write_gptq_checkpoint(f, _INT4, shape=TINY),
        lambda: gptq_tensors(TINY, _INT4)[0] | masks(TINY),
    ),
    "int8": Base(
        lambda f: write_gptq_checkpoint(f, _INT8, shape=TINY, layout="safetensors"),
        lambda: gptq_tensors(TINY, _INT8)[0] | masks(TINY),
    ),
    "llama": Base(
        lambda f: write_llama(f, layout="safetensors"),
        lambda: llama_tensors(llama_checkpoints.TINY),
    ),
    "moss-base-7b": Base(
        lambda f: write_llama(f, form="moss", layout="sharded"),
        lambda: (
            llama_tensors(llama_checkpoints.TINY)
            | rotary_buffers(llama_checkpoints.TINY)
        ),
    ),
}


@dataclass(frozen=True)
class Case:
    """Something damaged.

    Attributes:
        damage: What was done to which sound thing.
        arguments: Of the converter.
    """

    damage: str
    arguments: list[str]


class Cases:
    """Makes one case after the other in a folder.

    Attributes:
        folder: The damaged checkpoint.
        out: The folder to convert into, with what a stopped conversion may have left.
        model: What the sound checkpoint called `single` becomes.
    """

    def __init__(self, place: Path) -> None:
        """Writes the sound things."""
        self.folder, self.out = place / "moss", place / "out"
        self._bases = place / "bases"
        for name, base in BASES.items():
            base.write(self._bases / name)
        self._arrays = {name: base.arrays() for name, base in BASES.items()}
        model = place / "sound.gguf"
        assert main([str(self._bases / "single"), str(model)]) == 0
        self.model = model.read_bytes()
        self._numbers = damage_weights.numbers_in(model)
        self._imatrix = place / "imatrix.gguf"
        names = ("blk.0.attn_qkv", "blk.0.ffn_up", "output")
        sums = {f"{name}.weight": entry(random_sums(TINY.width)) for name in names}
        write_imatrix(self._imatrix, sums)
        self._sound_imatrix = self._imatrix.read_bytes()
        self._imatrix_numbers = damage_weights.numbers_in(self._imatrix)
        self._halves = _stopped(self._bases / "single", place / "half")

    def make(self, random: Random) -> Case:
        """Makes a case in place of the last one."""
        for folder in (self.folder, self.out):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        match random.randrange(20):
            case 0 | 1 | 2:
                return Case(GGUF, self._damage_gguf(random))
            case 3:
                return Case(IMATRIX, self._damage_imatrix(random))
            case 4:
                return Case(STOPPED, self._damage_half(random))
            case _:
                return self._damage_checkpoint(random)

    def _damage_gguf(self, random: Random) -> list[str]:
        """A model to look at."""
        path = self.folder / "model.gguf"
        data = damage_weights.change_gguf(random, self.model, self._numbers)
        path.write_bytes(data)
        return ["inspect", str(path), *random.choice(([], ["--json"]))]

    def _damage_imatrix(self, random: Random) -> list[str]:
        """An importance matrix for a sound checkpoint."""
        self._link("single")
        data = damage_weights.change_gguf(
            random, self._sound_imatrix, self._imatrix_numbers
        )
        self._imatrix.write_bytes(data)
        return [*self._command(random), "--imatrix", str(self._imatrix)]

    def _damage_half(self, random: Random) -> list[str]:
        """What a stopped conversion of a sound checkpoint has left."""
        self._link("single")
        for name, data in self._halves.items():
            if random.random() < 0.9:
                is_sound = random.random() < 0.5
                left = data if is_sound else damage.damaged(random, data)
                (self.out / name).write_bytes(left)
        return [str(self.folder), str(self.out / TARGET), "--threads", "1"]

    def _damage_checkpoint(self, random: Random) -> Case:
        base = random.choice(list(BASES))
        self._link(base)
        names = [random.choice([*MUTATIONS, TENSORS])]
        if names == [TENSORS]:
            damage_weights.change_tensors(random, self.folder, self._arrays[base])
        else:
            MUTATIONS[names[0]](random, self.folder)
        if random.random() < 0.2:
            names.append(random.choice(_ANYWHERE))
            MUTATIONS[names[1]](random, self.folder)
        command = self._command(random)
        if random.random() < 0.1:
            command = ["inspect", command[0], *random.choice(([], ["--json"]))]
        return Case(f"{base}: {' and '.join(names)}", command)

    def _link(self, base: str) -> None:
        for path in (self._bases / base).iterdir():
            os.link(path, self.folder / path.name)

    def _command(self, random: Random) -> list[str]:
        kind = random.choice((None, *_TYPES))
        options = ["--threads", "1", *(("--type", kind) if kind else ())]
        options += random.choice([["--dry-run"], ["--progress", "json"], *[[]] * 10])
        return [str(self.folder), str(self.out / TARGET), *options]


class _Stopper(Silent):
    """Stops a conversion when half of it is written."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())

    @override
    def advanced(self, tensor: str, done: int, total: int) -> None:
        if done > total / 2:
            raise Interrupted


def _stopped(checkpoint: Path, out: Path) -> Mapping[str, bytes]:
    """Returns the files that a stopped conversion leaves."""
    out.mkdir()
    request = Request(checkpoint=checkpoint, target=out / TARGET, threads=1)
    with contextlib.suppress(Interrupted):
        convert(request, _Stopper())
    files = {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    assert len(files) == 2, files.keys()
    return files
