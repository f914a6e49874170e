"""Writes small random GGUF files of MOSS's architecture, for tests of the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np
from gguf.quants import quantize

CONTROLS = ("<|endoftext|>", "<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>")
LONG_TOKEN = "x" * 100
PADDING_ROWS = 8
NEVER = -1e4
SURE = 1e4


@dataclass(frozen=True)
class TinyModel:
    """What to write.

    Attributes:
        biases: Of the output layer, by token text; control tokens are impossible
            unless named here, and padding is wildly likely.
        scale: Of all other weights; the larger, the more what comes before matters.
        output_scale: Of the output layer's weights; with 0 the biases alone decide.
        form: `moss.form`; empty for a file that is not MOSS's.
        template: The chat template; empty for none.
        controls: Texts of the control tokens.
        user_defined: Texts of the user-defined tokens.
        pieces: Bytes of more ordinary tokens, which need be no whole characters.
        end: The control token that ends a reply.
        start: The control token that is put in front of each prompt; empty for none.
        settings: More of the file's metadata.
        type: ggml's name for the type of the matrices.
    """

    embedding: int = 32
    layers: int = 1
    heads: int = 2
    context: int = 512
    scale: float = 0.1
    output_scale: float = 0.0
    biases: Mapping[str, float] = field(default_factory=dict)
    architecture: str = "phi2"
    form: str = "plugin"
    template: str = ""
    controls: Sequence[str] = CONTROLS
    user_defined: Sequence[str] = ("    ",)
    pieces: Sequence[bytes] = ()
    end: str = "<eom>"
    start: str = ""
    settings: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    type: str = "F32"


LONG_WINDOW = TinyModel(embedding=256, layers=8, heads=8, context=32768)
"""256 MiB of keys and values, or 136 in 8 bits."""


def byte_tokens() -> list[str]:
    """GPT-2's stand-ins for the 256 bytes, in the order of the bytes."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    extra = iter(range(0x100, 0x200))
    return [chr(b if b in plain else next(extra)) for b in range(256)]


def spelled(piece: bytes) -> str:
    """How a vocabulary writes the token that stands for these bytes."""
    stand_ins = byte_tokens()
    return "".join(stand_ins[byte] for byte in piece)


def vocabulary(
    model: TinyModel | None = None,
) -> tuple[list[str], list[gguf.TokenType]]:
    """All tokens, padding last, and their kinds."""
    model = model or TinyModel()
    ordinary = [
        *byte_tokens(),
        "he",
        "\u0120t",
        LONG_TOKEN,
        *map(spelled, model.pieces),
    ]
    padding = [f"[PAD{row}]" for row in range(PADDING_ROWS)]
    kinds = (
        [gguf.TokenType.NORMAL] * len(ordinary)
        + [gguf.TokenType.USER_DEFINED] * len(model.user_defined)
        + [gguf.TokenType.CONTROL] * len(model.controls)
        + [gguf.TokenType.UNUSED] * PADDING_ROWS
    )
    return [*ordinary, *model.user_defined, *model.controls, *padding], kinds


def write(path: Path, model: TinyModel | None = None) -> Path:
    """Writes the file and returns its path."""
    model = model or TinyModel()
    writer = gguf.GGUFWriter(path, model.architecture)
    _write_metadata(writer, model)
    kind = gguf.GGMLQuantizationType[model.type]
    for name, tensor in _tensors(model).items():
        if tensor.ndim == 1:
            writer.add_tensor(name, tensor)
        else:
            writer.add_tensor(name, quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_parts(folder: Path, model: TinyModel) -> list[Path]:
    """Writes a model in three files, as large models are published."""
    folder.mkdir(exist_ok=True)
    tensors = _tensors(model)
    names = list(tensors)
    paths = []
    for number in range(3):
        path = folder / f"tiny-{number + 1:05d}-of-00003.gguf"
        writer = gguf.GGUFWriter(path, model.architecture)
        if number == 0:
            _write_metadata(writer, model)
        writer.add_uint16("split.no", number)
        writer.add_uint16("split.count", 3)
        writer.add_int32("split.tensors.count", len(names))
        for name in names[number::3]:
            writer.add_tensor(name, tensors[name])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        paths.append(path)
    return paths


def _write_metadata(writer: gguf.GGUFWriter, model: TinyModel) -> None:
    tokens, kinds = vocabulary(model)
    writer.add_name("Tiny")
    writer.add_license("Apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    if model.form:
        writer.add_string("moss.form", model.form)
        writer.add_bool("moss.demo", val=True)
    if model.template:
        writer.add_chat_template(model.template)
    for key, value in model.settings.items():
        writer.add_uint32(key, value)
    writer.add_context_length(model.context)
    writer.add_embedding_length(model.embedding)
    writer.add_block_count(model.layers)
    writer.add_feed_forward_length(model.embedding * 4)
    writer.add_head_count(model.heads)
    writer.add_head_count_kv(model.heads)
    writer.add_layer_norm_eps(1e-5)
    writer.add_rope_dimension_count(model.embedding // model.heads // 2)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["h e", "\u0120 t"])
    writer.add_eos_token_id(tokens.index(model.end))
    if model.start:
        writer.add_bos_token_id(tokens.index(model.start))
    writer.add_add_bos_token(value=bool(model.start))


def _tensors(model: TinyModel) -> dict[str, np.ndarray]:
    random = np.random.default_rng(model.seed)
    size = model.embedding

    def weights(*shape: int, scale: float = model.scale) -> np.ndarray:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    rows = len(vocabulary(model)[0])
    tensors = {
        "token_embd.weight": weights(rows, size, scale=1.0),
        "output_norm.weight": np.ones(size, np.float32),
        "output_norm.bias": np.zeros(size, np.float32),
        "output.weight": weights(rows, size, scale=model.output_scale),
        "output.bias": _output_bias(model),
    }
    for layer in range(model.layers):
        block = f"blk.{layer}."
        tensors |= {
            f"{block}attn_norm.weight": np.ones(size, np.float32),
            f"{block}attn_norm.bias": np.zeros(size, np.float32),
            f"{block}attn_qkv.weight": weights(3 * size, size),
            f"{block}attn_qkv.bias": np.zeros(3 * size, np.float32),
            f"{block}attn_output.weight": weights(size, size),
            f"{block}attn_output.bias": np.zeros(size, np.float32),
            f"{block}ffn_up.weight": weights(4 * size, size),
            f"{block}ffn_up.bias": np.zeros(4 * size, np.float32),
            f"{block}ffn_down.weight": weights(size, 4 * size),
            f"{block}ffn_down.bias": np.zeros(size, np.float32),
        }
    return tensors


def _output_bias(model: TinyModel) -> np.ndarray:
    tokens, _ = vocabulary(model)
    bias = np.zeros(len(tokens), np.float32)
    for control in model.controls:
        bias[tokens.index(control)] = NEVER
    bias[-PADDING_ROWS:] = SURE * 10
    for text, value in model.biases.items():
        bias[tokens.index(text)] = value
    return bias
