import numpy as np
import pytest

from converter.architectures.architecture import find_architecture
from converter.checkpoint import open_checkpoint
from converter.reference_llama import LlamaReference
from tests.checkpoints import Gptq
from tests.llama_checkpoints import LlamaShape, write_gptq_llama, write_llama

SHAPE = LlamaShape(width=128, layers=2, heads=4, key_heads=2, inner=256, context=64)


def reference(folder):
    checkpoint = open_checkpoint(folder)
    model = find_architecture(checkpoint.config, folder)
    return LlamaReference(model, checkpoint.tensors)


@pytest.fixture
def model(tmp_path):
    return reference(write_llama(tmp_path / "llama", shape=SHAPE))


def test_logits_of_each_position(model):
    logits = model.logits([1, 2, 3])
    assert logits.shape == (3, SHAPE.vocabulary)
    assert logits.dtype == np.float32


def test_a_token_sees_only_those_before_it(model):
    short, long = model.logits([5, 6, 7]), model.logits([5, 6, 7, 8, 9])
    np.testing.assert_allclose(short, long[:3], atol=1e-5)


def test_order_matters(model):
    one, other = model.logits([5, 6, 7]), model.logits([6, 5, 7])
    assert np.abs(one[-1] - other[-1]).max() > 0.01


def test_some_rows_at_a_time(model):
    states = model.states([5, 6, 7, 8])
    assert states.shape == (4, SHAPE.width)
    parts = [model.output(states[:1]), model.output(states[1:])]
    whole = model.logits([5, 6, 7, 8])
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)


def test_says_how_many_layers_are_done(model):
    passed = []
    model.states([1, 2], passed.append)
    assert passed == [1, 2]


@pytest.mark.parametrize(
    "how",
    [Gptq(), Gptq(bits=8), Gptq(activation_order=True)],
    ids=["int4", "int8", "activation order"],
)
def test_gptq_means_the_dense_weights_of_its_formula(tmp_path, how):
    meant = write_gptq_llama(tmp_path / "quantized", how, shape=SHAPE)
    write_llama(tmp_path / "dense", shape=SHAPE, tensors=meant)
    quantized, dense = (
        reference(tmp_path / name).logits([1, 2, 3]) for name in ("quantized", "dense")
    )
    np.testing.assert_allclose(quantized, dense, atol=1e-4)
