"""Llama and plain CodeGen: what `test_converter_exactness` and its kin do for MOSS-003.

The measure is the largest absolute difference of any logit, in units of the standard
deviation of all the logits; the key/value cache is float32, so that what is measured is
the file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from converter.__main__ import main
from converter.architectures.architecture import find_architecture
from converter.checkpoint import open_checkpoint
from converter.mixture import OUTPUT_TYPES
from converter.reference import Reference
from converter.reference_llama import LlamaReference
from tests import llama
from tests.checkpoints import Gptq
from tests.llama_checkpoints import (
    CODEGEN,
    LlamaShape,
    write_codegen,
    write_gptq_llama,
    write_llama,
)
from tests.reference_tokenizer import ReferenceTokenizer

POSITIONS = 64
LIMIT = 0.005
LINEAR = {"rope_theta": 500000.0, "rope_scaling": {"type": "linear", "factor": 4.0}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A kind of checkpoint.

    Attributes:
        seed: Makes a text whose two most likely next tokens are never close, so that
            argmax is a fair question.
        write: Writes it.
        options: How it is written.
    """

    seed: int
    write: Callable[..., Path] = write_llama
    options: dict[str, object] = field(default_factory=dict)


FAMILIES = {
    "moss-base-7b": Family(
        seed=4, options={"shape": LlamaShape(), "form": "moss", "layout": "sharded"}
    ),
    "llama in float16": Family(
        seed=4, options={"shape": LlamaShape(), "dtype": "float16"}
    ),
    "llama in bfloat16 safetensors": Family(
        seed=6,
        options={
            "shape": LlamaShape(layers=2),
            "dtype": "bfloat16",
            "layout": "safetensors-sharded",
        },
    ),
    "grouped key heads": Family(seed=0, options={"shape": LlamaShape(key_heads=2)}),
    "tied": Family(seed=0, options={"shape": LlamaShape(tied=True)}),
    "biases": Family(
        seed=0,
        options={"shape": LlamaShape(attention_bias=True, mlp_bias=True, key_heads=4)},
    ),
    "large heads": Family(
        seed=23, options={"shape": LlamaShape(head=48, key_heads=1, layers=2)}
    ),
    "scaled positions": Family(
        seed=6, options={"shape": LlamaShape(layers=2), **LINEAR}
    ),
    "codegen": Family(seed=3, write=write_codegen),
    "codegen in float32 shards": Family(
        seed=3,
        write=write_codegen,
        options={"dtype": "float32", "layout": "sharded"},
    ),
}

SMALL = {
    "moss-base-7b": Family(
        seed=0,
        options={
            "shape": LlamaShape(layers=1, context=64),
            "form": "moss",
            "layout": "sharded",
        },
    ),
    "llama": Family(
        seed=0,
        options={
            "shape": LlamaShape(layers=1, key_heads=2, context=64, tied=True),
            "dtype": "float16",
            "layout": "safetensors",
        },
    ),
    "codegen": Family(seed=0, write=write_codegen),
}
# Groups that are large, layers that the mixtures tell apart, and rows that no block of
# 256 divides; `test_converter_mixture` has all depths.
DEEP = {
    "apart": LlamaShape(layers=2, attention_bias=True),
    "grouped and tied": LlamaShape(layers=8, inner=256, key_heads=2, tied=True),
    "narrow": LlamaShape(width=96, inner=160, layers=2, heads=4, key_heads=4),
}


def convert(folder, target, kind):
    assert main([str(folder), str(target), "--type", kind]) == 0
    return target


def tensors_of(path):
    return {
        tensor.name: (tensor.tensor_type.name, tensor.data.tobytes())
        for tensor in GGUFReader(path).tensors
    }


def reference_logits(folder, tokens):
    checkpoint = open_checkpoint(folder)
    model = find_architecture(checkpoint.config, folder)
    kind = LlamaReference if model.name == "llama" else Reference
    return kind(model, checkpoint.tensors).logits(tokens)


def random_tokens(seed, rows):
    return np.random.default_rng(seed).integers(0, rows, POSITIONS).tolist()


def differences(logits, expected):
    """Largest and mean difference in standard deviations, and equal argmaxes."""
    difference = np.abs(logits - expected) / expected.std()
    equal = logits.argmax(axis=1) == expected.argmax(axis=1)
    return float(difference.max()), float(difference.mean()), int(equal.sum())


@pytest.fixture(scope="module", params=FAMILIES)
def source(request, tmp_path_factory):
    """A checkpoint, a text, and what the original makes of it."""
    family = FAMILIES[request.param]
    folder = family.write(tmp_path_factory.mktemp("family") / "one", **family.options)
    rows = family.options.get("shape", CODEGEN).vocabulary
    tokens = random_tokens(family.seed, rows)
    return folder, tokens, reference_logits(folder, tokens)


@pytest.fixture(scope="module", params=SMALL)
def small(request, tmp_path_factory):
    """A checkpoint, the same weights as one file of float32, a text and its logits."""
    family = SMALL[request.param]
    root = tmp_path_factory.mktemp("small")
    folder = family.write(root / "one", **family.options)
    plain = family.options | {"dtype": "float32", "layout": "single"}
    twin = family.write(root / "twin", **plain)
    rows = family.options.get("shape", CODEGEN).vocabulary
    tokens = random_tokens(family.seed, rows)
    return folder, twin, tokens, reference_logits(folder, tokens)


@pytest.fixture(scope="module", params=DEEP)
def deep(request, tmp_path_factory):
    """A Llama as it is published, in float32, and its F16 file."""
    root = tmp_path_factory.mktemp("deep")
    folder = write_llama(root / "llama", shape=DEEP[request.param])
    return folder, convert(folder, root / "f16.gguf", "F16")


@pytest.mark.parametrize("kind", ["F16", "F32"])
def test_float_files_are_exact(source, tmp_path, kind):
    folder, tokens, expected = source
    logits = llama.logits(convert(folder, tmp_path / "one.gguf", kind), tokens)
    largest, mean, equal = differences(logits, expected)
    figures = f"largest {largest:.4%}, mean {mean:.4%} of a standard deviation"
    assert largest < LIMIT, figures
    assert equal == POSITIONS, figures


@pytest.mark.parametrize("kind", OUTPUT_TYPES)
def test_every_family_in_every_type(small, tmp_path, kind):
    folder, twin, tokens, expected = small
    target = convert(folder, tmp_path / "one.gguf", kind)
    logits = llama.logits(target, tokens)
    assert np.isfinite(logits).all()
    _, mean, _ = differences(logits, expected)
    assert mean < 0.6  # two models with nothing in common differ by more than 1
    other = convert(twin, tmp_path / "twin.gguf", kind)
    assert tensors_of(target) == tensors_of(other)


@pytest.mark.parametrize("kind", [k for k in OUTPUT_TYPES if k not in {"F32", "F16"}])
def test_same_types_and_same_bytes_as_llama_cpp(deep, tmp_path, kind):
    folder, f16 = deep
    ours = convert(folder, tmp_path / "ours.gguf", kind)
    file_type = OUTPUT_TYPES[kind].file_type
    theirs = llama.quantized(f16, tmp_path / "theirs.gguf", file_type)
    found, expected = tensors_of(ours), tensors_of(theirs)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert tensor == expected[name], name


GPTQ_SHAPE = LlamaShape(layers=2, key_heads=4)


@pytest.mark.parametrize(
    "how",
    [Gptq(), Gptq(bits=8), Gptq(activation_order=True)],
    ids=["int4", "int8", "activation order"],
)
def test_a_llama_of_gptq_is_exact_in_float(tmp_path, how):
    write_gptq_llama(tmp_path / "llama", how, shape=GPTQ_SHAPE)
    tokens = random_tokens(0, GPTQ_SHAPE.vocabulary)
    expected = reference_logits(tmp_path / "llama", tokens)
    target = convert(tmp_path / "llama", tmp_path / "one.gguf", "F32")
    largest, _, _ = differences(llama.logits(target, tokens), expected)
    assert largest < LIMIT


def test_a_llama_of_int4_is_kept(tmp_path):
    write_gptq_llama(tmp_path / "llama", Gptq(), shape=GPTQ_SHAPE)
    target = tmp_path / "kept.gguf"
    assert main([str(tmp_path / "llama"), str(target)]) == 0
    types = {t.name: t.tensor_type.name for t in GGUFReader(target).tensors}
    linears = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_down")
    assert {types[f"blk.1.{name}.weight"] for name in linears} == {"Q4_1"}
    assert types["output.weight"] == "F16"
    # llama.cpp's own reading of the blocks, as on a processor it rounds activations.
    unpacked = llama.unpacked(target, tmp_path / "f32.gguf")
    tokens = random_tokens(0, GPTQ_SHAPE.vocabulary)
    expected = reference_logits(tmp_path / "llama", tokens)
    largest, mean, _ = differences(llama.logits(unpacked, tokens), expected)
    assert largest < 3 * LIMIT  # a block's minimum is rounded to float16
    assert mean < LIMIT


def test_codegen_splits_text_as_the_original(tmp_path):
    folder = write_codegen(tmp_path / "codegen")
    original = ReferenceTokenizer(folder)
    target = convert(folder, tmp_path / "one.gguf", "F16")
    with llama.loaded(target, vocabulary_only=True) as model:
        for text in (
            "def f(x):\n    if x:\n\t\treturn {'a': 1}  # 注释\n",
            "".join(" " * n + "x" for n in range(1, 40)),
            "<|endoftext|> <eom> <|Human|>: 你好🙂",
        ):
            for special in (True, False):
                ids = llama.tokenize(model, text, special=special)
                assert ids == original.encode(text, special=special)
                assert llama.detokenize(model, ids) == text


def test_inspect_says_what_they_are(tmp_path, capsys):
    llama_folder = write_llama(tmp_path / "moss-base-7b", form="moss")
    codegen_folder = write_codegen(tmp_path / "codegen-350M-mono")
    for folder, words in (
        (llama_folder, ("moss (Llama)", "base", "apache-2.0", "fnlp/moss-base-7b")),
        (codegen_folder, ("codegen (CodeGen)", "base", "bsd-3-clause", "float16")),
    ):
        target = convert(folder, tmp_path / f"{folder.name}.gguf", "Q4_0")
        capsys.readouterr()
        assert main(["inspect", str(folder)]) == 0
        text = capsys.readouterr().out
        assert all(word in text for word in words), text
        assert main(["inspect", str(target)]) == 0
        text = capsys.readouterr().out
        assert folder.name in text
        assert "Q4_0 from" in text
