"""Writes GGUF files with MOSS's real shapes and no weights: holes that read as zeros.

The headers are whole, with a vocabulary of 107,008 tokens; a file of 9 GB takes 3 MB of
the disk. The types are those that the converter chooses.
"""

from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T

from app.engine.moss_sizes import DIMENSIONS, LAYERS
from converter.mixture import OUTPUT_TYPES, Traits, tensor_type
from tests.fakes.tiny_gguf import byte_tokens

ALIGNMENT = 32


@dataclass
class Shape:
    """What the converter's choice of a type looks at."""

    name: str
    shape: tuple[int, ...]
    layer: int


def shapes(layers: int = LAYERS) -> list[Shape]:
    """All tensors of MOSS in llama.cpp's names."""
    width, inner, rows = DIMENSIONS.embedding, DIMENSIONS.feed_forward, 107008
    found = [
        Shape("token_embd.weight", (rows, width), -1),
        Shape("output_norm.weight", (width,), -1),
        Shape("output_norm.bias", (width,), -1),
        Shape("output.weight", (rows, width), -1),
        Shape("output.bias", (rows,), -1),
    ]
    for layer in range(layers):
        for name, *shape in (
            ("attn_norm.weight", width),
            ("attn_norm.bias", width),
            ("attn_qkv.weight", 3 * width, width),
            ("attn_qkv.bias", 3 * width),
            ("attn_output.weight", width, width),
            ("attn_output.bias", width),
            ("ffn_up.weight", inner, width),
            ("ffn_up.bias", inner),
            ("ffn_down.weight", width, inner),
            ("ffn_down.bias", width),
        ):
            found.append(Shape(f"blk.{layer}.{name}", tuple(shape), layer))
    return found


def types(quantization: str, layers: int = LAYERS) -> dict[str, T]:
    """The type of each tensor."""
    wanted = OUTPUT_TYPES[quantization]
    return {
        shape.name: tensor_type(wanted, shape, Traits(layers=layers))
        for shape in shapes(layers)
    }


def size(shape: tuple[int, ...], kind: T) -> int:
    """Bytes of a tensor."""
    weights, block = GGML_QUANT_SIZES[kind]
    return int(np.prod(shape)) // weights * block


def write(path: Path, quantization: str, layers: int = LAYERS) -> Path:
    """Writes the file and returns its path."""
    writer = gguf.GGUFWriter(path, "phi2")
    _write_metadata(writer, quantization, layers)
    kinds, end = types(quantization, layers), 0
    for tensor in shapes(layers):
        kind = kinds[tensor.name]
        plain = np.dtype(np.float32 if kind is T.F32 else np.uint8)
        stored = tensor.shape
        if kind is not T.F32:
            stored = gguf.quant_shape_to_byte_shape(stored, kind)
        bytes_of = size(tensor.shape, kind)
        writer.add_tensor_info(tensor.name, stored, plain, bytes_of, raw_dtype=kind)
        end += gguf.GGUFWriter.ggml_pad(bytes_of, ALIGNMENT)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    file = writer.fout[0]
    file.truncate(gguf.GGUFWriter.ggml_pad(file.tell(), ALIGNMENT) + end)
    writer.close()
    return path


def _write_metadata(writer: gguf.GGUFWriter, quantization: str, layers: int) -> None:
    numbers = DIMENSIONS
    writer.add_name(f"Hollow MOSS {quantization}")
    writer.add_file_type(OUTPUT_TYPES[quantization].file_type)
    writer.add_context_length(numbers.context)
    writer.add_embedding_length(numbers.embedding)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(numbers.feed_forward)
    writer.add_head_count(numbers.heads)
    writer.add_head_count_kv(numbers.kv_heads)
    writer.add_key_length(numbers.key)
    writer.add_value_length(numbers.value)
    writer.add_layer_norm_eps(1e-5)
    writer.add_rope_dimension_count(64)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    tokens = byte_tokens()
    tokens += [f"token{number}" for number in range(len(tokens), numbers.vocabulary)]
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * numbers.vocabulary)
    writer.add_token_merges(
        [f"{left} {right}" for left in tokens[:256] for right in tokens[:256]]
    )
    writer.add_eos_token_id(numbers.vocabulary - 1)
    writer.add_add_bos_token(value=False)
