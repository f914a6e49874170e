"""Our reference and our reader against PyTorch and transformers; both optional."""

import json

import numpy as np
import pytest

from converter.architectures.codegen import CodeGen
from converter.checkpoint import open_checkpoint
from converter.reference import Reference
from tests.checkpoints import Shape, write_checkpoint

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("default"),  # theirs, not ours
]
SHAPE = Shape(layers=2)


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "moss", shape=SHAPE)


def codegen(folder):
    config = json.loads((folder / "config.json").read_text())
    model = transformers.CodeGenForCausalLM(
        transformers.CodeGenConfig(**(config | {"model_type": "codegen"}))
    )
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not [name for name in missing if not name.endswith("embed_positions")]
    assert not [name for name in unexpected if not name.endswith("causal_mask")]
    return model.float().eval()


def reference(folder):
    checkpoint = open_checkpoint(folder)
    parameters = CodeGen.from_config(checkpoint.config, folder)
    return Reference(parameters, checkpoint.tensors)


def test_reference_agrees_with_transformers(folder):
    tokens = np.random.default_rng(0).integers(0, SHAPE.vocabulary, 256).tolist()
    with torch.no_grad():
        expected = codegen(folder)(torch.tensor([tokens])).logits[0].numpy()
    logits = reference(folder).logits(tokens)
    assert np.abs(logits - expected).max() < 1e-4 * expected.std()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_reads_what_torch_saves(tmp_path, dtype):
    folder = write_checkpoint(tmp_path / "moss")
    path = folder / "pytorch_model.bin"
    state = torch.load(path, weights_only=True)
    state = {
        name: value.to(getattr(torch, dtype)) if value.is_floating_point() else value
        for name, value in state.items()
    }
    state["transposed"] = state["lm_head.weight"].T
    state["parameter"] = torch.nn.Parameter(state["lm_head.bias"].clone())
    torch.save(state, path)
    tensors = open_checkpoint(folder).tensors
    assert set(tensors) == set(state)
    for name, value in state.items():
        if value.is_floating_point():
            np.testing.assert_array_equal(
                tensors[name].load(), value.detach().float().numpy()
            )


def test_torch_reads_what_the_tests_write(folder):
    # So that our own writer of checkpoints is one that PyTorch would accept.
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    assert len(state) == 5 + SHAPE.layers * 9
    assert state["lm_head.weight"].dtype is torch.float16
    assert state["transformer.h.0.attn.causal_mask"].dtype is torch.uint8
