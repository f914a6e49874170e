"""Small random checkpoints in exactly the form in which MOSS is published.

Written without PyTorch: the zip archive, its pickle and its storages are made here
byte by byte, as `torch.save` makes them (protocol 2, `_rebuild_tensor_v2`, one storage
a tensor, data aligned to 64 bytes, the state dictionary's `_metadata`).
"""

import json
import struct
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import regex
from numpy.typing import NDArray

Dtype = Literal["float16", "bfloat16", "float32"]
Layout = Literal["single", "sharded", "safetensors", "safetensors-sharded"]
Arrays = Mapping[str, NDArray[Any]]

MARKERS = ("<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>")
END_OF_TEXT = "<|endoftext|>"
RUNS = tuple(" " * n for n in range(31, 1, -1)) + tuple(
    "\t" * n for n in range(9, 1, -1)
)
LABELS = ("Human", "MOSS", "Inner Thoughts", "Commands", "Results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Numbers of a model; the defaults have a rotary part smaller than a head."""

    width: int = 256
    layers: int = 4
    heads: int = 8
    rotary: int = 16
    context: int = 512
    padding: int = 24

    @property
    def vocabulary(self) -> int:
        """Rows of the embedding: tokens and padding."""
        return len(vocabulary()) + len(added_tokens()) + self.padding


SMALL = Shape(width=128, layers=1, heads=4, rotary=16, context=64)
"""The narrowest model that groups of 128 fit in."""
TINY = Shape(width=32, layers=1, heads=4, rotary=4, context=64)


# -- tokenizer ---------------------------------------------------------------------

_CORPUS = (
    "You are an AI assistant whose name is MOSS. MOSS can understand and communicate "
    "fluently in the language chosen by the user such as English and 中文. "
    "The quick brown fox jumps over the lazy dog, and the answer is the number. "
    "你好，我是复旦大学的语言模型。你好！请问今天的天气怎么样？我们可以一起学习数学。"
    "def add(left, right):\n    return left + right\n\n\n"
    "for item in items:\n\tprint(item)\n"
    "int main(void) { return 0; } // comment\r\n" + "<|Human|>: <|MOSS|>: " * 3
) * 2 + "".join(f"<|{label}|>: None\n" for label in LABELS) * 4
_MERGES = 220


def byte_characters() -> list[str]:
    """GPT-2's character for each byte, written as in its published code."""
    plain = (
        list(range(ord("!"), ord("~") + 1))
        + list(range(ord("¡"), ord("¬") + 1))
        + list(range(ord("®"), ord("ÿ") + 1))
    )
    table, extra = {}, 0
    for byte in range(256):
        if byte in plain:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + extra)
            extra += 1
    return [table[byte] for byte in range(256)]


@cache
def merges() -> tuple[tuple[str, str], ...]:
    """Pairs learned from a small text, and some that yield a token that exists."""
    characters = byte_characters()
    pattern = regex.compile(
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    )
    words = Counter(
        tuple(characters[byte] for byte in word.encode())
        for word in pattern.findall(_CORPUS)
    )
    learned: list[tuple[str, str]] = []
    for _ in range(_MERGES):
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        learned.append(best)
        words = Counter({_joined(word, best): count for word, count in words.items()})
    return (*learned, *_duplicates(learned))


def _joined(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """Joins each occurrence of a pair, from the left."""
    parts: list[str] = []
    position = 0
    while position < len(word):
        size = 2 if word[position : position + 2] == pair else 1
        parts.append("".join(word[position : position + size]))
        position += size
    return tuple(parts)


def _duplicates(learned: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Other pairs for tokens that a pair yields already, as in MOSS's merges."""
    tokens = {*byte_characters(), *map("".join, learned)}
    found = [
        (token[:cut], token[cut:])
        for token in map("".join, learned)
        for cut in range(1, len(token))
        if token[:cut] in tokens and token[cut:] in tokens
    ]
    return [pair for pair in dict.fromkeys(found) if pair not in learned][:6]


@cache
def vocabulary() -> Mapping[str, int]:
    """Contents of `vocab.json`; `<|endoftext|>` is the last."""
    tokens = [*byte_characters(), *map("".join, merges()), END_OF_TEXT]
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def added_tokens() -> dict[str, int]:
    """Contents of `added_tokens.json`: runs of spaces, of tabs, then the markers."""
    return {token: len(vocabulary()) + n for n, token in enumerate((*RUNS, *MARKERS))}


# -- weights -----------------------------------------------------------------------


def random_tensors(shape: Shape, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """All tensors of a model but the masks, as float32 that float16 holds exactly."""
    random = np.random.default_rng(seed)
    width, rows = shape.width, shape.vocabulary

    def normal(*size: int, scale: float) -> NDArray[np.float32]:
        values = random.standard_normal(size, np.float32) * np.float32(scale)
        return values.astype(np.float16).astype(np.float32)

    tensors = {"transformer.wte.weight": normal(rows, width, scale=0.5)}
    for layer in range(shape.layers):
        name = f"transformer.h.{layer}."
        tensors |= {
            name + "ln_1.weight": 1 + normal(width, scale=0.125),
            name + "ln_1.bias": normal(width, scale=0.125),
            name + "attn.qkv_proj.weight": normal(3 * width, width, scale=width**-0.5),
            name + "attn.out_proj.weight": normal(width, width, scale=width**-0.5),
            name + "mlp.fc_in.weight": normal(4 * width, width, scale=width**-0.5),
            name + "mlp.fc_in.bias": normal(4 * width, scale=0.125),
            name + "mlp.fc_out.weight": normal(
                width, 4 * width, scale=0.5 * width**-0.5
            ),
            name + "mlp.fc_out.bias": normal(width, scale=0.125),
        }
    tensors |= {
        "transformer.ln_f.weight": 1 + normal(width, scale=0.125),
        "transformer.ln_f.bias": normal(width, scale=0.125),
        "lm_head.weight": normal(rows, width, scale=width**-0.5),
        "lm_head.bias": normal(rows, scale=0.25),
    }
    return {
        name: values.astype(np.float16).astype(np.float32)
        for name, values in tensors.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gptq:
    """How a checkpoint's linears are quantized."""

    bits: int = 4
    group_size: int = 128
    activation_order: bool = False


def gptq_tensors(
    shape: Shape, how: Gptq, seed: int = 0
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[np.float32]]]:
    """All tensors of a quantized model, and the same model with dense weights.

    The dense weights are what the quantized ones mean, by the plain formula.
    """
    random = np.random.default_rng(seed + 1)
    quantized: dict[str, NDArray[Any]] = {}
    dense: dict[str, NDArray[np.float32]] = {}
    for name, values in random_tensors(shape, seed).items():
        if name.endswith(LINEARS):
            g_idx = np.arange(values.shape[1], dtype=np.int32) // how.group_size
            if how.activation_order:
                random.shuffle(g_idx)
            stem = name.removesuffix("weight")
            parts, dense[name] = gptq_linear(values, g_idx, how.bits)
            quantized |= {stem + part: array for part, array in parts.items()}
        else:
            quantized[name] = dense[name] = values
    return quantized, dense


LINEARS = tuple(
    f".{name}.weight"
    for name in ("attn.qkv_proj", "attn.out_proj", "mlp.fc_in", "mlp.fc_out")
)


def gptq_linear(
    weight: NDArray[np.float32], g_idx: NDArray[np.int32], bits: int
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
    """Rounds a linear, [out, in], to `bits`; returns its tensors and what they mean."""
    most = (1 << bits) - 1
    groups = [weight.T[g_idx == group] for group in range(g_idx.max() + 1)]
    low = np.array([group.min(axis=0) for group in groups])
    high = np.array([group.max(axis=0) for group in groups])
    scales = ((high - low) / most).astype(np.float16).astype(np.float32)
    zeros = np.clip(np.rint(-low / scales), 1, most).astype(np.uint32)
    q = np.clip(np.rint(weight.T / scales[g_idx]) + zeros[g_idx], 0, most)
    stored_zeros = zeros - 1
    parts = {
        "qweight": _packed(q.astype(np.uint32).T, bits).T.copy(),
        "qzeros": _packed(stored_zeros, bits),
        "scales": scales,
        "g_idx": g_idx,
    }
    # W[i, o] = scale[g_idx[i], o] · (q − (zero + 1)), with zeros as they are stored.
    meant = scales[g_idx] * (q - (stored_zeros[g_idx].astype(np.float64) + 1))
    return parts, meant.T.astype(np.float32)


def _packed(values: NDArray[np.uint32], bits: int) -> NDArray[np.int32]:
    """Numbers of few bits in words of 32, low bits first along each row."""
    words = np.zeros((len(values), values.shape[1] * bits // 32), np.uint32)
    for place in range(32 // bits):
        words |= values[:, place :: 32 // bits] << np.uint32(bits * place)
    return words.view(np.int32)


def masks(shape: Shape) -> dict[str, NDArray[np.uint8]]:
    """The causal masks that published checkpoints carry along, a buffer a layer."""
    mask = np.tril(np.ones((shape.context, shape.context), np.uint8))
    return {
        f"transformer.h.{layer}.attn.causal_mask": mask[None, None]
        for layer in range(shape.layers)
    }


def bfloat16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The upper halves of float32 numbers, cut off."""
    return (values.view(np.uint32) >> 16).astype(np.uint16)


def stored(values: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
    """Values as a file of this type holds them; uint16 for bfloat16."""
    if values.dtype != np.float32:
        return values
    if dtype == "bfloat16":
        return bfloat16(values)
    return values.astype(dtype)


# -- files -------------------------------------------------------------------------


def write_checkpoint(
    folder: Path,
    *,
    shape: Shape = TINY,
    seed: int = 0,
    dtype: Dtype = "float16",
    layout: Layout = "single",
    name: str = "fnlp/moss-moon-003-sft-plugin",
    tensors: Arrays | None = None,
) -> Path:
    """Writes a whole checkpoint and returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, shape, name)
    write_tokenizer(folder)
    if tensors is None:
        tensors = random_tensors(shape, seed) | masks(shape)
    write_weights(folder, tensors, dtype=dtype, layout=layout)
    return folder


def write_gptq_checkpoint(
    folder: Path,
    how: Gptq,
    *,
    shape: Shape = SMALL,
    seed: int = 0,
    layout: Layout = "single",
    **config: object,
) -> dict[str, NDArray[np.float32]]:
    """Writes a quantized checkpoint and returns its weights as they are meant.

    Args:
        folder: Is made.
        how: How it is quantized.
        shape: Its width is a multiple of the group's size.
        seed: Makes other weights.
        layout: Published ones are a single file.
        config: Other entries of `config.json`.
    """
    quantized, dense = gptq_tensors(shape, how, seed)
    name = f"fnlp/moss-moon-003-sft-int{how.bits}"
    write_checkpoint(
        folder,
        shape=shape,
        layout=layout,
        name=name,
        tensors=quantized | masks(shape),
    )
    said = {"wbits": how.bits, "groupsize": how.group_size} | config
    write_config(folder, shape, name, **said)
    return dense


def write_config(folder: Path, shape: Shape, name: str, **changes: object) -> None:
    """Writes `config.json`."""
    config: dict[str, object] = {
        "_name_or_path": name,
        "activation_function": "gelu_new",
        "architectures": ["MossForCausalLM"],
        "attn_pdrop": 0.0,
        "bos_token_id": vocabulary()[END_OF_TEXT],
        "embd_pdrop": 0.0,
        "eos_token_id": added_tokens()["<eom>"],
        "gradient_checkpointing": False,
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "moss",
        "n_ctx": shape.context,
        "n_embd": shape.width,
        "n_head": shape.heads,
        "n_inner": None,
        "n_layer": shape.layers,
        "n_positions": shape.context,
        "resid_pdrop": 0.0,
        "rotary_dim": shape.rotary,
        "scale_attn_weights": True,
        "tie_word_embeddings": False,
        "tokenizer_class": "GPT2Tokenizer",
        "torch_dtype": "float16",
        "use_cache": True,
        "vocab_size": shape.vocabulary,
    }
    write_json(folder / "config.json", config | changes)


def write_tokenizer(folder: Path) -> None:
    """Writes the tokenizer's five files."""
    special = {"bos_token": END_OF_TEXT, "eos_token": "<eom>", "unk_token": END_OF_TEXT}
    write_json(folder / "vocab.json", dict(vocabulary()))
    write_json(folder / "added_tokens.json", added_tokens())
    write_json(folder / "special_tokens_map.json", special)
    write_json(folder / "tokenizer_config.json", special | {"add_prefix_space": False})
    lines = ["#version: 0.2", *map(" ".join, merges()), ""]
    (folder / "merges.txt").write_bytes("\n".join(lines).encode())


def write_json(path: Path, value: object) -> None:
    """Writes a JSON file."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2), "utf-8")


def write_weights(
    folder: Path,
    tensors: Arrays,
    *,
    dtype: Dtype = "float16",
    layout: Layout = "single",
) -> None:
    """Writes tensors in one of the published layouts."""
    is_torch = layout in {"single", "sharded"}
    name = "pytorch_model.bin" if is_torch else "model.safetensors"
    write = write_torch if is_torch else write_safetensors
    if "sharded" not in layout:
        write(folder / name, tensors, dtype)
        return
    count = 3
    stem, suffix = name.split(".")
    shards = [dict(list(tensors.items())[n::count]) for n in range(count)]
    weight_map = {}
    for number, shard in enumerate(shards, 1):
        file = f"{stem}-{number:05}-of-{count:05}.{suffix}"
        write(folder / file, shard, dtype)
        weight_map |= dict.fromkeys(shard, file)
    write_json(
        folder / f"{name}.index.json",
        {"metadata": {"total_size": 0}, "weight_map": weight_map},
    )


def write_safetensors(path: Path, tensors: Arrays, dtype: Dtype = "float16") -> None:
    """Writes a safetensors file."""
    kinds = {"float16": "F16", "float32": "F32", "uint8": "U8", "uint16": "BF16"}
    kinds["int32"] = "I32"
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, values in tensors.items():
        array = stored(values, dtype)
        start = len(data)
        data += array.tobytes()
        header[name] = {
            "dtype": kinds[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [start, len(data)],
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


_STORAGES = {
    "float16": "HalfStorage",
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "uint16": "BFloat16Storage",
    "uint8": "ByteStorage",
    "int32": "IntStorage",
    "int64": "LongStorage",
}


def write_torch(path: Path, tensors: Arrays, dtype: Dtype = "float16") -> None:
    """Writes what `torch.save(state_dict)` writes."""
    arrays = {name: stored(values, dtype) for name, values in tensors.items()}
    records = {f"data/{n}": array.tobytes() for n, array in enumerate(arrays.values())}
    write_archive(path, state_pickle(arrays), records)


def write_archive(path: Path, pickle: bytes, records: Mapping[str, bytes]) -> None:
    """Writes the zip archive around a pickle and its storages."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (("data.pkl", pickle), *records.items(), ("version", b"3\n")):
            info = zipfile.ZipInfo(f"{path.stem}/{name}")
            assert archive.fp is not None
            start = archive.fp.tell() + 30 + len(info.filename.encode()) + 4
            info.extra = b"FB" + struct.pack("<H", pad := -start % 64) + b"Z" * pad
            archive.writestr(info, data)


def state_pickle(arrays: Arrays) -> bytes:
    """Pickles a state dictionary whose n-th tensor lies in the storage n."""
    pickle = Pickle().ordered_dict()
    for number, (name, array) in enumerate(arrays.items()):
        pickle.text(name).tensor(
            storage=_STORAGES[array.dtype.name],
            key=str(number),
            elements=array.size,
            shape=array.shape,
        ).raw(b"s")
    # The versions of modules, which torch keeps as an attribute of the dictionary.
    pickle.raw(b"}").text("_metadata").ordered_dict().text("").raw(b"}").text("version")
    return pickle.number(1).raw(b"sssb.").bytes()


class Pickle:
    """A pickle in the making, opcode by opcode."""

    def __init__(self) -> None:
        self._parts = [b"\x80\x02"]

    def raw(self, data: bytes) -> "Pickle":
        """Appends opcodes."""
        self._parts.append(data)
        return self

    def bytes(self) -> bytes:
        """Returns the pickle so far."""
        return b"".join(self._parts)

    def text(self, text: str) -> "Pickle":
        """Pushes a string."""
        data = text.encode()
        return self.raw(b"X" + struct.pack("<I", len(data)) + data)

    def number(self, number: int) -> "Pickle":
        """Pushes a number."""
        if -(1 << 31) <= number < 1 << 31:
            return self.raw(b"J" + struct.pack("<i", number))
        size = number.bit_length() // 8 + 1
        return self.raw(
            b"\x8a" + bytes([size]) + number.to_bytes(size, "little", signed=True)
        )

    def numbers(self, numbers: Iterable[int]) -> "Pickle":
        """Pushes a tuple of numbers."""
        self.raw(b"(")
        for number in numbers:
            self.number(number)
        return self.raw(b"t")

    def name(self, module: str, name: str) -> "Pickle":
        """Pushes a global."""
        return self.raw(f"c{module}\n{name}\n".encode())

    def ordered_dict(self) -> "Pickle":
        """Pushes an empty state dictionary."""
        return self.name("collections", "OrderedDict").raw(b")R")

    def storage(self, storage: str, key: str, elements: int) -> "Pickle":
        """Pushes a storage."""
        self.raw(b"(").text("storage").name("torch", storage).text(key).text("cpu")
        return self.number(elements).raw(b"tQ")

    def tensor(
        self,
        *,
        storage: str = "HalfStorage",
        key: str = "0",
        elements: int = 1,
        shape: tuple[int, ...] = (1,),
        strides: tuple[int, ...] | None = None,
        offset: int = 0,
    ) -> "Pickle":
        """Pushes a tensor."""
        if strides is None:
            strides = tuple(
                int(np.prod(shape[n + 1 :], dtype=np.int64)) for n in range(len(shape))
            )
        self.name("torch._utils", "_rebuild_tensor_v2").raw(b"(")
        self.storage(storage, key, elements).number(offset)
        self.numbers(shape).numbers(strides).raw(b"\x89").ordered_dict()
        return self.raw(b"tR")
