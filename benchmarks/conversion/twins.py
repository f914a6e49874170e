"""Writes one random model twice: as a phi-2 for llama.cpp, as a MOSS for us.

Both converters then have the same work to do, and their files must hold the same
tensors, byte for byte. Memory does not grow with the model.
"""

import argparse
import json
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader
from numpy.typing import NDArray

from benchmarks.conversion.size import Size, Twin
from tests.checkpoints import (
    END_OF_TEXT,
    Shape,
    state_pickle,
    write_config,
    write_json,
)

PHI2, CODEGEN = "phi-2", "moss-moon-003-base"
"""Names of the two folders."""
_CHUNK = 1 << 24  # numbers: 32 MB of float16
_PARTS = 4  # CodeGen's `mp_num`
_HALF = np.dtype("<f2")
_SAFETENSORS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A tokenizer of GPT-2's kind.

    Attributes:
        tokens: Texts of the tokens, in the letters that stand for bytes.
        merges: Pairs to join, best first.
    """

    tokens: Sequence[str]
    merges: Sequence[str]

    @property
    def end_of_text(self) -> int:
        """Number of the token that ends a text."""
        return self.tokens.index(END_OF_TEXT)

    def write(self, folder: Path) -> None:
        """Writes the files that phi-2 and MOSS have in common."""
        special = dict.fromkeys(("bos_token", "eos_token", "unk_token"), END_OF_TEXT)
        write_json(folder / "vocab.json", {t: n for n, t in enumerate(self.tokens)})
        write_json(folder / "special_tokens_map.json", special)
        write_json(
            folder / "tokenizer_config.json",
            special | {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False},
        )
        lines = ["#version: 0.2", *self.merges, ""]
        (folder / "merges.txt").write_bytes("\n".join(lines).encode())


def gpt2_tokenizer(file: Path) -> Tokenizer:
    """Returns GPT-2's own, which llama.cpp's converter knows by what it does to a text.

    Args:
        file: `models/ggml-vocab-gpt-2.gguf` in llama.cpp's source tree.
    """
    fields = GGUFReader(file).fields
    tokens, merges = (fields[f"tokenizer.ggml.{key}"] for key in ("tokens", "merges"))
    return Tokenizer(tokens.contents(), merges.contents())


# -- phi-2 -------------------------------------------------------------------------


def write_phi2(folder: Path, size: Size, tokenizer: Tokenizer, *, seed: int) -> None:
    """Writes the phi-2 as one safetensors file.

    Args:
        folder: Is made.
        size: Its shape.
        tokenizer: Its tokenizer.
        seed: Makes other weights.
    """
    folder.mkdir(parents=True)
    tokenizer.write(folder)
    config = {
        "architectures": ["PhiForCausalLM"],
        "bos_token_id": tokenizer.end_of_text,
        "eos_token_id": tokenizer.end_of_text,
        "hidden_act": "gelu_new",
        "hidden_size": size.width,
        "intermediate_size": 4 * size.width,
        "layer_norm_eps": 1e-05,
        "max_position_embeddings": size.context,
        "model_type": "phi",
        "num_attention_heads": size.heads,
        "num_hidden_layers": size.layers,
        "num_key_value_heads": size.heads,
        "partial_rotary_factor": size.rotary / size.head_size,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "torch_dtype": "float16",
        "vocab_size": size.vocabulary,
    }
    write_json(folder / "config.json", config)
    random = np.random.default_rng(seed)
    with (folder / _SAFETENSORS).open("xb") as file:
        file.write(_safetensors_header(size))
        for twin in size.twins():
            for part in _numbers(twin, random):
                file.write(part.data)


def _safetensors_header(size: Size) -> bytes:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for twin in size.twins():
        place = [start, start + twin.bytes]
        header[twin.phi2] = {"dtype": "F16", "shape": twin.shape, "data_offsets": place}
        start += twin.bytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _numbers(twin: Twin, random: np.random.Generator) -> Iterator[NDArray[np.float16]]:
    """Yields a tensor's numbers, some at a time."""
    total = prod(twin.shape)
    for start in range(0, total, _CHUNK):
        values = random.standard_normal(min(_CHUNK, total - start), np.float32)
        values *= np.float32(twin.scale)
        values += np.float32(twin.mean)
        yield values.astype(_HALF)


# -- CodeGen -----------------------------------------------------------------------


def write_codegen(
    folder: Path, size: Size, tokenizer: Tokenizer, *, phi2: Path
) -> None:
    """Writes the MOSS as one `pytorch_model.bin`, with the masks of published ones.

    Args:
        folder: Is made.
        size: Its shape.
        tokenizer: Its tokenizer.
        phi2: Folder of the phi-2 whose weights it has.
    """
    folder.mkdir(parents=True)
    tokenizer.write(folder)
    write_json(folder / "added_tokens.json", {})
    write_config(
        folder,
        Shape(
            width=size.width,
            layers=size.layers,
            heads=size.heads,
            rotary=size.rotary,
            context=size.context,
        ),
        f"fnlp/{CODEGEN}",
        bos_token_id=tokenizer.end_of_text,
        eos_token_id=tokenizer.end_of_text,
        vocab_size=size.vocabulary,
    )
    tensors: dict[str, NDArray[Any]] = dict(_phi2_tensors(phi2 / _SAFETENSORS, size))
    mask = np.tril(np.ones((1, 1, size.context, size.context), np.uint8))
    for layer in range(size.layers):
        tensors[f"transformer.h.{layer}.attn.causal_mask"] = mask
    _write_archive(folder / "pytorch_model.bin", tensors, codegen_order(size))


def codegen_order(size: Size) -> NDArray[np.intp]:
    """Returns for each row of CodeGen's `qkv_proj` the row of phi-2's `Wqkv` it is.

    phi-2 has all queries, keys and values, in that order, and rotates dimension i of a
    head with i + rotary / 2. CodeGen has four parts, each with the queries, values and
    keys of its heads, in that order, and rotates 2i with 2i + 1.
    """
    neighbours = np.arange(size.rotary).reshape(2, -1).T.ravel()
    turned = np.concatenate([neighbours, np.arange(size.rotary, size.head_size)])
    rows = np.arange(3 * size.width).reshape(3, size.heads, size.head_size)
    queries, keys, values = rows
    blocks = np.stack([queries[:, turned], values, keys[:, turned]])
    return blocks.reshape(3, _PARTS, -1).transpose(1, 0, 2).ravel()


def _phi2_tensors(file: Path, size: Size) -> Iterator[tuple[str, NDArray[np.float16]]]:
    """Yields the mapped tensors of a phi-2 under CodeGen's names."""
    start = len(_safetensors_header(size))
    for twin in size.twins():
        if twin.codegen is not None:
            yield twin.codegen, np.memmap(file, _HALF, "r", start, twin.shape)
        start += twin.bytes


def _write_archive(
    path: Path, tensors: Mapping[str, NDArray[Any]], qkv_order: NDArray[np.intp]
) -> None:
    """Writes what `torch.save` writes, never holding a whole tensor."""
    with zipfile.ZipFile(path, "x") as archive:
        archive.writestr(_member(archive, "data.pkl"), state_pickle(tensors))
        for number, (name, tensor) in enumerate(tensors.items()):
            order = np.arange(len(tensor))
            if name.endswith("qkv_proj.weight"):
                order = qkv_order
            step = max(1, _CHUNK // prod(tensor.shape[1:]))
            info = _member(archive, f"data/{number}")
            info.file_size = tensor.nbytes
            with archive.open(info, "w") as member:
                for start in range(0, len(tensor), step):
                    member.write(tensor[order[start : start + step]].data)
        archive.writestr(_member(archive, "version"), b"3\n")


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Returns a member whose data will be aligned as PyTorch aligns it."""
    info = zipfile.ZipInfo(f"pytorch_model/{name}")
    assert archive.fp is not None
    start = archive.fp.tell() + 30 + len(info.filename.encode()) + 4
    padding = -start % 64
    info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
    return info


# -- command -----------------------------------------------------------------------


def write_twins(
    folder: Path, size: Size, tokenizer: Tokenizer, *, seed: int = 0
) -> None:
    """Writes both models.

    Args:
        folder: Where their two folders will be.
        size: Their shape.
        tokenizer: Their tokenizer.
        seed: Makes other weights.
    """
    write_phi2(folder / PHI2, size, tokenizer, seed=seed)
    write_codegen(folder / CODEGEN, size, tokenizer, phi2=folder / PHI2)


def main(argv: Sequence[str] | None = None) -> int:
    """Writes both models, as a command.

    Args:
        argv: Arguments without the program's name; None for the process's own.
    """
    parser = argparse.ArgumentParser(description="Writes one model in both forms.")
    parser.add_argument("folder", type=Path, help="where the two folders will be")
    parser.add_argument("size", help="the fields of `Size` as JSON")
    parser.add_argument("vocabulary", type=Path, help="ggml-vocab-gpt-2.gguf")
    arguments = parser.parse_args(argv)
    write_twins(
        arguments.folder,
        Size(**json.loads(arguments.size)),
        gpt2_tokenizer(arguments.vocabulary),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
