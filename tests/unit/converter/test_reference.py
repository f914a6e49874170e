import numpy as np
import pytest

from converter.architectures.codegen import Hyperparameters
from converter.checkpoint import open_checkpoint
from converter.reference import Reference
from tests.checkpoints import Shape, write_checkpoint

SHAPE = Shape(width=32, layers=2, heads=4, rotary=4, context=64)


@pytest.fixture
def reference(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint(tmp_path / "moss", shape=SHAPE))
    config = tmp_path / "moss" / "config.json"
    parameters = Hyperparameters.from_config(checkpoint.config, config)
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
