"""The converted file in llama.cpp against the original architecture in NumPy.

The measure is the largest absolute difference of any logit at any of 256 positions, in
units of the standard deviation of all the logits; the key/value cache is float32, so
that what is measured is the file.
"""

import numpy as np
import pytest

from converter.__main__ import main
from converter.architectures.codegen import CodeGen
from converter.checkpoint import open_checkpoint
from converter.reference import Reference
from tests import llama
from tests.checkpoints import Shape, write_checkpoint

SHAPE = Shape()
POSITIONS = 256
LIMIT = 0.005


@pytest.fixture(scope="module")
def tokens():
    # A text whose most likely next token is never a near tie (the first two are at
    # least 0.9 % of a standard deviation apart), so that argmax is a fair question.
    random = np.random.default_rng(21)
    return random.integers(0, SHAPE.vocabulary, POSITIONS).tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("moss") / "single", shape=SHAPE)


@pytest.fixture(scope="module")
def expected(folder, tokens):
    return reference_logits(folder, tokens)


def reference_logits(folder, tokens):
    checkpoint = open_checkpoint(folder)
    parameters = CodeGen.from_config(checkpoint.config, folder)
    return Reference(parameters, checkpoint.tensors).logits(tokens)


def convert(folder, target, kind):
    assert main([str(folder), str(target), "--type", kind]) == 0
    return target


def differences(logits, expected):
    """Largest and mean difference in standard deviations, and equal argmaxes."""
    difference = np.abs(logits - expected) / expected.std()
    equal = logits.argmax(axis=1) == expected.argmax(axis=1)
    return float(difference.max()), float(difference.mean()), int(equal.sum())


@pytest.mark.parametrize("kind", ["F16", "F32"])
def test_float_files_are_exact(folder, tokens, expected, *, tmp_path, kind):
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", kind), tokens)
    largest, mean, equal = differences(logits, expected)
    figures = f"largest {largest:.4%}, mean {mean:.4%} of a standard deviation"
    assert largest < LIMIT, figures
    assert equal == POSITIONS


@pytest.mark.parametrize(
    ("kind", "largest_mean"), [("BF16", 0.01), ("Q8_0", 0.03), ("Q5_K_M", 0.1)]
)
def test_smaller_types_are_close(
    folder, tokens, expected, *, tmp_path, kind, largest_mean
):
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", kind), tokens)
    _, mean, equal = differences(logits, expected)
    assert mean < largest_mean
    assert equal > 0.8 * POSITIONS


@pytest.mark.parametrize("layout", ["sharded", "safetensors", "safetensors-sharded"])
def test_every_layout_gives_the_same_file(folder, tmp_path, layout):
    # The same name, as the folder's name is not to make a difference.
    other = write_checkpoint(tmp_path / "single", shape=SHAPE, layout=layout)
    one = convert(folder, tmp_path / "one.gguf", "F16")
    two = convert(other, tmp_path / "two.gguf", "F16")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("kind", ["F16", "F32"])
def test_other_number_types_of_the_source_are_exact(tokens, tmp_path, *, dtype, kind):
    folder = write_checkpoint(tmp_path / "moss", shape=SHAPE, dtype=dtype)
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", kind), tokens)
    largest, _, _ = differences(logits, reference_logits(folder, tokens))
    assert largest < LIMIT


@pytest.mark.parametrize(
    "shape",
    [
        Shape(width=64, layers=1, heads=4, rotary=16, padding=0),
        Shape(width=96, layers=2, heads=4, rotary=8, padding=1),
        Shape(width=128, layers=1, heads=16, rotary=2, padding=900),
    ],
    ids=["all of a head rotates", "narrow rows", "many heads, much padding"],
)
def test_other_shapes_are_exact(tmp_path, shape):
    folder = write_checkpoint(tmp_path / "moss", shape=shape)
    tokens = np.random.default_rng(0).integers(0, shape.vocabulary, 48).tolist()
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", "F16"), tokens)
    largest, _, _ = differences(logits, reference_logits(folder, tokens))
    assert largest < LIMIT


@pytest.mark.parametrize("padding", [0, 24])
def test_rows_that_do_not_divide_still_load(tmp_path, padding):
    shape = Shape(width=96, layers=1, heads=4, rotary=8, padding=padding)
    folder = write_checkpoint(tmp_path / "moss", shape=shape)
    tokens = list(range(16))
    logits = llama.logits(convert(folder, tmp_path / "moss.gguf", "Q4_K_M"), tokens)
    assert np.isfinite(logits).all()
