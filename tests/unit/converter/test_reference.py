import tracemalloc

import numpy as np
import pytest

from converter import reference_weights
from converter.architectures.codegen import CodeGen
from converter.checkpoint import open_checkpoint
from converter.reference import Reference
from tests.checkpoints import (
    SMALL,
    Gptq,
    Shape,
    write_checkpoint,
    write_gptq_checkpoint,
)

SHAPE = Shape(width=32, layers=2, heads=4, rotary=4, context=64)


GPTQ = pytest.mark.parametrize(
    "how",
    [Gptq(), Gptq(bits=8), Gptq(activation_order=True)],
    ids=["int4", "int8", "activation order"],
)


def opened(folder):
    checkpoint = open_checkpoint(folder)
    parameters = CodeGen.from_config(checkpoint.config, folder / "config.json")
    return Reference(parameters, checkpoint.tensors)


@pytest.fixture
def reference(tmp_path):
    return opened(write_checkpoint(tmp_path / "moss", shape=SHAPE))


def test_logits_of_each_position(reference):
    logits = reference.logits([1, 2, 3])
    assert logits.shape == (3, SHAPE.vocabulary)
    assert logits.dtype == np.float32


def test_a_token_sees_only_those_before_it(reference):
    short, long = reference.logits([5, 6, 7]), reference.logits([5, 6, 7, 8, 9])
    np.testing.assert_allclose(short, long[:3], atol=1e-5)


def test_order_matters(reference):
    one, other = reference.logits([5, 6, 7]), reference.logits([6, 5, 7])
    assert np.abs(one[-1] - other[-1]).max() > 0.01


def test_says_after_each_layer_how_many_are_done(reference):
    done = []
    reference.states([5, 6], done.append)
    assert done == [1, 2]


def test_the_output_of_some_tokens_is_that_of_all(reference):
    states = reference.states([5, 6, 7])
    np.testing.assert_allclose(
        reference.output(states[1:2]), reference.output(states)[1:2], atol=1e-5
    )


@GPTQ
def test_gptq_means_the_dense_weights_of_its_formula(tmp_path, how):
    meant = write_gptq_checkpoint(tmp_path / "quantized", how, shape=SMALL)
    write_checkpoint(tmp_path / "dense", shape=SMALL, tensors=meant, dtype="float32")
    logits = [
        opened(tmp_path / name).logits([1, 2, 3]) for name in ("quantized", "dense")
    ]
    np.testing.assert_allclose(*logits, atol=1e-5)


# Slices that do not divide the matrices, and such that hold a single row.
@pytest.mark.parametrize("size", [1000, 1])
def test_slices_change_nothing(reference, monkeypatch, size):
    whole = reference.logits([5, 6, 7])
    monkeypatch.setattr(reference_weights, "_SLICE", size)
    np.testing.assert_allclose(reference.logits([5, 6, 7]), whole, atol=1e-5)


@GPTQ
def test_slices_of_gptq_change_nothing(tmp_path, monkeypatch, how):
    write_gptq_checkpoint(tmp_path / "moss", how, shape=SMALL)
    reference = opened(tmp_path / "moss")
    whole = reference.logits([1, 2, 3])
    monkeypatch.setattr(reference_weights, "_SLICE", 128 * 7)
    np.testing.assert_allclose(reference.logits([1, 2, 3]), whole, atol=1e-5)


def peak(reference):
    """Most bytes that NumPy and Python hold at once while logits are computed."""
    tracemalloc.start()
    try:
        reference.logits([5, 6])
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_that_of_a_slice(tmp_path, monkeypatch):
    # Embedding and output are 13 MB each, as float32.
    shape = Shape(width=64, layers=2, heads=4, rotary=8, context=64, padding=50_000)
    reference = opened(write_checkpoint(tmp_path / "moss", shape=shape))
    monkeypatch.setattr(reference_weights, "_SLICE", 1 << 17)  # 0.5 MB
    assert peak(reference) < 3e6
    monkeypatch.setattr(reference_weights, "_SLICE", 1 << 30)
    assert peak(reference) > 13e6


def test_memory_is_that_of_a_slice_for_gptq_too(tmp_path, monkeypatch):
    # fc_in and fc_out are 4 MB each, as float32.
    shape = Shape(width=512, layers=1, heads=8, rotary=8, context=64)
    write_gptq_checkpoint(tmp_path / "moss", Gptq(), shape=shape)
    reference = opened(tmp_path / "moss")
    monkeypatch.setattr(reference_weights, "_SLICE", 1 << 15)
    assert peak(reference) < 1.5e6
    monkeypatch.setattr(reference_weights, "_SLICE", 1 << 30)
    assert peak(reference) > 8e6
