import numpy as np
import pytest

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


@pytest.fixture
def reference(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint(tmp_path / "moss", shape=SHAPE))
    config = tmp_path / "moss" / "config.json"
    parameters = CodeGen.from_config(checkpoint.config, config)
    return Reference(parameters, checkpoint.tensors)


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


@pytest.mark.parametrize(
    "how",
    [Gptq(), Gptq(bits=8), Gptq(activation_order=True)],
    ids=["int4", "int8", "activation order"],
)
def test_gptq_means_the_dense_weights_of_its_formula(tmp_path, how):
    meant = write_gptq_checkpoint(tmp_path / "quantized", how, shape=SMALL)
    write_checkpoint(tmp_path / "dense", shape=SMALL, tensors=meant, dtype="float32")
    logits = []
    for name in ("quantized", "dense"):
        checkpoint = open_checkpoint(tmp_path / name)
        parameters = CodeGen.from_config(checkpoint.config, tmp_path)
        logits.append(Reference(parameters, checkpoint.tensors).logits([1, 2, 3]))
    np.testing.assert_allclose(*logits, atol=1e-5)
