"""Checkpoints of GPTQ, converted, in llama.cpp against the reference in NumPy.

Measured as in `test_converter_exactness`. What is kept as Q4_1 differs in two ways:

* A block's minimum is rounded to float16. So there are two measures: against the
  weights with that rounding, made here by the formula, and against the original.
* On a processor llama.cpp rounds the activations to 8 bits in front of every quantized
  weight, which is no matter of the file. So llama.cpp first unpacks the file into
  float32 by its own reading of the blocks; the file itself is run too.
"""

import numpy as np
import pytest

from converter.__main__ import main
from converter.architectures.codegen import CodeGen
from converter.checkpoint import open_checkpoint
from converter.reference import Reference
from tests import llama
from tests.checkpoints import (
    Gptq,
    Shape,
    gptq_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)

SHAPE = Shape(layers=2)
POSITIONS = 64
LIMIT = 0.005
FORMS = {
    "int4": Gptq(),
    "int8": Gptq(bits=8),
    "activation order": Gptq(activation_order=True),
    "int8 in activation order": Gptq(bits=8, activation_order=True),
}


@pytest.fixture(scope="module")
def tokens():
    # A text whose two most likely next tokens are at least 1 % of a standard deviation
    # apart in each of the models, so that argmax is a fair question.
    random = np.random.default_rng(146)
    return random.integers(0, SHAPE.vocabulary, POSITIONS).tolist()


@pytest.fixture(scope="module", params=FORMS)
def source(request, tokens, tmp_path_factory):
    """A checkpoint and the logits of the original."""
    folder = tmp_path_factory.mktemp("gptq") / "moss"
    write_gptq_checkpoint(folder, FORMS[request.param], shape=SHAPE)
    return folder, reference_logits(folder, tokens)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """An int4 checkpoint, and the file that keeps it as it is."""
    folder = tmp_path_factory.mktemp("kept") / "moss"
    write_gptq_checkpoint(folder, Gptq(), shape=SHAPE)
    return folder, convert(folder, folder / "moss.gguf", "Q4_1")


def reference_logits(folder, tokens):
    checkpoint = open_checkpoint(folder)
    parameters = CodeGen.from_config(checkpoint.config, folder)
    return Reference(parameters, checkpoint.tensors).logits(tokens)


def with_rounded_minima():
    """The weights of `kept` with -scale · (zero + 1) rounded to float16."""
    quantized, dense = gptq_tensors(SHAPE, Gptq())
    for name in dense:
        stem = name.removesuffix("weight")
        if stem + "qzeros" in quantized:
            words = quantized[stem + "qzeros"].view(np.uint32)[:, :, None]
            zeros = (words >> np.arange(0, 32, 4, np.uint32) & 15).reshape(
                quantized[stem + "scales"].shape
            )
            minima = -quantized[stem + "scales"] * (zeros.astype(np.float32) + 1)
            change = minima.astype(np.float16).astype(np.float32) - minima
            dense[name] = dense[name] + change[quantized[stem + "g_idx"]].T
    return dense


def convert(folder, target, kind):
    assert main([str(folder), str(target), "--type", kind]) == 0
    return target


def differences(logits, expected):
    """Largest and mean difference in standard deviations, and equal argmaxes."""
    difference = np.abs(logits - expected) / expected.std()
    equal = logits.argmax(axis=1) == expected.argmax(axis=1)
    return float(difference.max()), float(difference.mean()), int(equal.sum())


@pytest.mark.parametrize("kind", ["F16", "F32"])
def test_float_files_are_exact(source, tokens, *, tmp_path, kind):
    folder, expected = source
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", kind), tokens)
    largest, mean, equal = differences(logits, expected)
    assert largest < LIMIT, f"largest {largest:.4%}, mean {mean:.4%}"
    assert equal == POSITIONS


def test_int4_kept_is_exact_but_for_the_rounded_minima(kept, tokens, tmp_path):
    logits = llama.logits(llama.unpacked(kept[1], tmp_path / "f32.gguf"), tokens)
    folder = write_checkpoint(
        tmp_path / "moss", shape=SHAPE, tensors=with_rounded_minima(), dtype="float32"
    )
    largest, mean, equal = differences(logits, reference_logits(folder, tokens))
    assert largest < LIMIT, f"largest {largest:.4%}, mean {mean:.4%}"
    assert equal == POSITIONS


def test_int4_kept_chooses_the_original_s_tokens(kept, tokens, tmp_path):
    folder, target = kept
    logits = llama.logits(llama.unpacked(target, tmp_path / "f32.gguf"), tokens)
    largest, mean, equal = differences(logits, reference_logits(folder, tokens))
    assert largest < 2 * LIMIT, f"largest {largest:.4%}, mean {mean:.4%}"
    assert mean < LIMIT / 2
    assert equal == POSITIONS


def test_int4_kept_runs_as_close_as_activations_of_8_bits_let_it(kept, tokens):
    folder, target = kept
    expected = reference_logits(folder, tokens)
    _, mean, equal = differences(llama.logits(target, tokens), expected)
    assert mean < 4 * LIMIT
    assert equal > 0.9 * POSITIONS


@pytest.mark.parametrize(("kind", "largest_mean"), [("Q8_0", 0.03), ("Q5_K_M", 0.1)])
def test_smaller_types_are_close(source, tokens, tmp_path, *, kind, largest_mean):
    folder, expected = source
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", kind), tokens)
    _, mean, equal = differences(logits, expected)
    assert mean < largest_mean
    assert equal > 0.8 * POSITIONS


def test_safetensors_give_the_same_file(tmp_path):
    files = []
    for layout in ("single", "safetensors", "safetensors-sharded"):
        folder = tmp_path / layout / "moss"
        write_gptq_checkpoint(folder, Gptq(), shape=SHAPE, layout=layout)
        files.append(convert(folder, tmp_path / f"{layout}.gguf", "Q4_1"))
    assert len({file.read_bytes() for file in files}) == 1
