"""Small random Llamas with a SentencePiece model, and plain CodeGens, as published.

A Llama comes in two forms: that of transformers, and that of moss-base-7b, which calls
itself `moss`, has fewer keys in its config, and buffers among its weights.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from tests import checkpoints
from tests.checkpoints import (
    END_OF_TEXT,
    RUNS,
    Dtype,
    Gptq,
    Layout,
    Shape,
    gptq_linear,
    masks,
    random_tensors,
    write_json,
    write_weights,
)

Form = Literal["moss", "llama"]
Arrays = dict[str, NDArray[np.float32]]

SENTENCES = (
    "You are an AI assistant whose name is MOSS.",
    "The quick brown fox jumps over the lazy dog, and the answer is the number 42.",
    "It's a language model; they'll say: isn't it?  Two spaces, three   spaces.",
    "你好，我是复旦大学的语言模型。你好！请问今天的天气怎么样？",
    "我们可以一起学习数学，写代码，聊天。MOSS是一个AI助手（assistant）。",
    "def add(left, right): return left + right  # 注释",
    "for item in items: print(item[0], {'key': 1.5})",
    "https://example.org/path?query=1&other=2",
)
USER_DEFINED = ("<image>", "▁▁▁▁▁▁▁▁", "[END]")


@cache
def sentencepiece_model(
    *,
    kind: str = "bpe",
    pieces: int = 480,
    user_defined: tuple[str, ...] = (),
    byte_fallback: bool = True,
    normalization: str = "identity",
    dummy_prefix: bool = True,
    trims: bool = False,
    begins: bool = True,
) -> bytes:
    """A `tokenizer.model`, trained here; the defaults are Llama's own settings."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3),
        model_writer=model,
        model_type=kind,
        vocab_size=pieces,
        hard_vocab_limit=False,
        byte_fallback=byte_fallback,
        character_coverage=0.98,  # so that some characters need bytes
        user_defined_symbols=list(user_defined),
        normalization_rule_name=normalization,
        add_dummy_prefix=dummy_prefix,
        remove_extra_whitespaces=trims,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        bos_id=1 if begins else -1,
        eos_id=2 if begins else 1,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def with_piece(
    model: bytes, text: str, *, score: float = -50.0, kind: int = 1
) -> bytes:
    """The same model with one more piece at the end."""
    data = text.encode()
    piece = b"\x0a" + bytes([len(data)]) + data + b"\x15" + struct.pack("<f", score)
    piece += b"\x18" + bytes([kind])
    return model + b"\x0a" + bytes([len(piece)]) + piece


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaShape:
    """Numbers of a model; a head is larger than the width asks for if `head` is."""

    width: int = 256
    layers: int = 4
    heads: int = 8
    key_heads: int = 8
    head: int = 0
    inner: int = 512
    context: int = 512
    padding: int = 12
    tied: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False

    @property
    def head_size(self) -> int:
        """Dimensions of a head."""
        return self.head or self.width // self.heads

    @property
    def vocabulary(self) -> int:
        """Rows of the embedding: pieces and padding."""
        return count_pieces(sentencepiece_model()) + self.padding


TINY = LlamaShape(width=32, layers=1, heads=4, key_heads=4, inner=96, context=64)


def count_pieces(model: bytes) -> int:
    """Pieces of a SentencePiece model."""
    return sentencepiece.SentencePieceProcessor(model_proto=model).vocab_size()


def linears(shape: LlamaShape) -> Iterator[tuple[str, tuple[int, int], bool]]:
    """Name, shape and whether there is a bias, of each linear of a layer."""
    query, key = shape.heads * shape.head_size, shape.key_heads * shape.head_size
    width, inner = shape.width, shape.inner
    yield "self_attn.q_proj", (query, width), shape.attention_bias
    yield "self_attn.k_proj", (key, width), shape.attention_bias
    yield "self_attn.v_proj", (key, width), shape.attention_bias
    yield "self_attn.o_proj", (width, query), shape.attention_bias
    yield "mlp.gate_proj", (inner, width), shape.mlp_bias
    yield "mlp.up_proj", (inner, width), shape.mlp_bias
    yield "mlp.down_proj", (width, inner), shape.mlp_bias


def llama_tensors(shape: LlamaShape, seed: int = 0) -> Arrays:
    """All weights of a model, as float32 that float16 holds exactly."""
    random = np.random.default_rng(seed)

    def normal(*size: int, scale: float, mean: float = 0) -> NDArray[np.float32]:
        values = mean + random.standard_normal(size, np.float32) * np.float32(scale)
        return values.astype(np.float16).astype(np.float32)

    rows, width = shape.vocabulary, shape.width
    tensors = {"model.embed_tokens.weight": normal(rows, width, scale=0.5)}
    for layer in range(shape.layers):
        name = f"model.layers.{layer}."
        for linear, size, has_bias in linears(shape):
            tensors[f"{name}{linear}.weight"] = normal(*size, scale=size[1] ** -0.5)
            if has_bias:
                tensors[f"{name}{linear}.bias"] = normal(size[0], scale=0.25)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{name}{norm}.weight"] = normal(width, scale=0.125, mean=1)
    tensors["model.norm.weight"] = normal(width, scale=0.125, mean=1)
    if not shape.tied:
        tensors["lm_head.weight"] = normal(rows, width, scale=width**-0.5)
    return tensors


def rotary_buffers(shape: LlamaShape) -> Arrays:
    """The frequencies that older checkpoints carry along, a buffer a layer."""
    size = shape.head_size
    frequency = (10000.0 ** (-np.arange(0, size, 2) / size)).astype(np.float32)
    return {
        f"model.layers.{layer}.self_attn.rotary_emb.inv_freq": frequency
        for layer in range(shape.layers)
    }


def write_llama(
    folder: Path,
    *,
    shape: LlamaShape = TINY,
    seed: int = 0,
    form: Form = "llama",
    dtype: Dtype = "float32",
    layout: Layout = "single",
    tensors: Arrays | None = None,
    **config: object,
) -> Path:
    """Writes a whole checkpoint and returns its folder.

    Args:
        folder: Is made.
        shape: Its shape.
        seed: Makes other weights.
        form: Whose form it is written in.
        dtype: Number type of the weights; moss-base-7b has float32.
        layout: How they are stored; moss-base-7b is sharded.
        tensors: Other weights than those of the seed.
        config: Other entries of `config.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", llama_config(shape, form) | config)
    write_llama_tokenizer(folder)
    if tensors is None:
        tensors = llama_tensors(shape, seed)
    buffers = rotary_buffers(shape) if form == "moss" else {}
    write_weights(folder, tensors | buffers, dtype=dtype, layout=layout)
    return folder


def llama_config(shape: LlamaShape, form: Form) -> dict[str, object]:
    """Contents of `config.json`."""
    config: dict[str, object] = {
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "hidden_size": shape.width,
        "initializer_range": 0.02,
        "intermediate_size": shape.inner,
        "max_position_embeddings": shape.context,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "rms_norm_eps": 1e-05,
        "tie_word_embeddings": shape.tied,
        "use_cache": True,
        "vocab_size": shape.vocabulary,
    }
    if form == "moss":
        return config | {
            "architectures": ["MossForCausalLM"],
            "auto_map": {"AutoConfig": "configuration_moss.MossConfig"},
            "model_type": "moss",
            "pad_token_id": 0,
            "torch_dtype": "float16",
        }
    return config | {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": shape.attention_bias,
        "head_dim": shape.head_size,
        "mlp_bias": shape.mlp_bias,
        "model_type": "llama",
        "num_key_value_heads": shape.key_heads,
        "pretraining_tp": 1,
        "rope_scaling": None,
        "rope_theta": 10000.0,
    }


def write_llama_tokenizer(folder: Path, model: bytes | None = None) -> None:
    """Writes the tokenizer's files as moss-base-7b has them."""

    def token(text: str) -> dict[str, object]:
        flags = dict.fromkeys(("lstrip", "rstrip", "single_word"), False)
        return {"content": text, "normalized": True, **flags}

    roles = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    special: dict[str, object] = {role: token(text) for role, text in roles.items()}
    (folder / "tokenizer.model").write_bytes(model or sentencepiece_model())
    write_json(folder / "special_tokens_map.json", special)
    write_json(
        folder / "tokenizer_config.json",
        special
        | {
            "add_bos_token": True,
            "add_eos_token": False,
            "auto_map": {"AutoTokenizer": ["tokenization_moss.MossTokenizer", None]},
            "pad_token": None,
            "sp_model_kwargs": {},
            "tokenizer_class": "MossTokenizer",
        },
    )


def write_gptq_llama(
    folder: Path, how: Gptq, *, shape: LlamaShape, seed: int = 0
) -> Arrays:
    """Writes a quantized checkpoint and returns its weights as they are meant."""
    random = np.random.default_rng(seed + 1)
    stored, meant = {}, {}
    for name, values in llama_tensors(shape, seed).items():
        stem = name.removesuffix("weight")
        if not stem.endswith("_proj."):
            stored[name] = meant[name] = values
            continue
        g_idx = np.arange(values.shape[1], dtype=np.int32) // how.group_size
        if how.activation_order:
            random.shuffle(g_idx)
        parts, meant[name] = gptq_linear(values, g_idx, how.bits)
        stored |= {stem + part: array for part, array in parts.items()}
    write_llama(folder, shape=shape, dtype="float16", tensors=stored)
    return meant


# -- plain CodeGen -----------------------------------------------------------------

# The builder counts MOSS's markers among the tokens; here their rows are padding too.
CODEGEN = Shape(width=256, layers=2, heads=16, rotary=8, context=64, padding=40)


def codegen_tokens() -> dict[str, int]:
    """Contents of `added_tokens.json` of CodeGen: runs of spaces, then of tabs."""
    first = len(checkpoints.vocabulary())
    return {run: first + n for n, run in enumerate(RUNS)}


def codegen_config(shape: Shape) -> dict[str, object]:
    """Contents of `config.json`; what is not about the shape is the published text."""
    return {
        "activation_function": "gelu_new",
        "architectures": ["CodeGenForCausalLM"],
        "attn_pdrop": 0.0,
        "bos_token_id": 1,
        "embd_pdrop": 0.0,
        "eos_token_id": checkpoints.vocabulary()[END_OF_TEXT],
        "gradient_checkpointing": False,
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "codegen",
        "n_ctx": shape.context,
        "n_embd": shape.width,
        "n_head": shape.heads,
        "n_inner": None,
        "n_layer": shape.layers,
        "n_positions": shape.context,
        "resid_pdrop": 0.0,
        "rotary_dim": shape.rotary,
        "scale_attn_weights": True,
        "summary_activation": None,
        "summary_first_dropout": 0.1,
        "summary_proj_to_labels": True,
        "summary_type": "cls_index",
        "summary_use_proj": True,
        "task_specific_params": {
            "text-generation": {"do_sample": True, "max_length": 50, "temperature": 1.0}
        },
        "tie_word_embeddings": False,
        "tokenizer_class": "GPT2Tokenizer",
        "use_cache": True,
        "vocab_size": shape.vocabulary,
    }


def write_codegen(
    folder: Path, *, dtype: Dtype = "float16", layout: Layout = "single"
) -> Path:
    """Writes a checkpoint as Salesforce/codegen-350M-mono is published.

    Half of a head rotates, there are fewer tokens than rows, and beside the weights
    there are two buffers a layer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", codegen_config(CODEGEN))
    write_json(folder / "vocab.json", dict(checkpoints.vocabulary()))
    write_json(folder / "added_tokens.json", codegen_tokens())
    special = dict.fromkeys(("bos_token", "eos_token", "unk_token"), END_OF_TEXT)
    write_json(folder / "special_tokens_map.json", special)
    write_json(
        folder / "tokenizer_config.json",
        special | {"add_prefix_space": False, "tokenizer_class": "CodeGenTokenizer"},
    )
    lines = ["#version: 0.2", *map(" ".join, checkpoints.merges()), ""]
    (folder / "merges.txt").write_bytes("\n".join(lines).encode())
    tensors = random_tensors(CODEGEN) | masks(CODEGEN)
    for layer in range(CODEGEN.layers):
        name = f"transformer.h.{layer}.attn.masked_bias"
        tensors[name] = np.array(-1e9, np.float32)
    with np.errstate(over="ignore"):  # the published one is -inf in float16, too
        write_weights(folder, tensors, dtype=dtype, layout=layout)
    return folder
