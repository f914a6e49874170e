"""Our reference and our reader against PyTorch and transformers; both optional."""

import json

import numpy as np
import pytest

from converter.architectures.architecture import find_architecture
from converter.checkpoint import open_checkpoint
from converter.reference import Reference
from converter.reference_llama import LlamaReference
from converter.sentencepiece_tokenizer import read_vocabulary
from tests.checkpoints import Shape, write_checkpoint
from tests.llama_checkpoints import (
    CODEGEN,
    LlamaShape,
    llama_config,
    llama_tensors,
    write_codegen,
    write_llama,
    write_llama_tokenizer,
)

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


def codegen(folder, also="causal_mask"):
    config = json.loads((folder / "config.json").read_text())
    model = transformers.CodeGenForCausalLM(
        transformers.CodeGenConfig(**(config | {"model_type": "codegen"}))
    )
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not [name for name in missing if not name.endswith("embed_positions")]
    buffers = ("causal_mask", also)
    assert not [name for name in unexpected if not name.endswith(buffers)]
    return model.float().eval()


def reference(folder):
    checkpoint = open_checkpoint(folder)
    model = find_architecture(checkpoint.config, folder)
    kind = LlamaReference if model.name == "llama" else Reference
    return kind(model, checkpoint.tensors)


def largest_difference(folder, model, *, rows, size=256):
    """Of our logits and theirs, in standard deviations."""
    tokens = np.random.default_rng(0).integers(0, rows, size).tolist()
    with torch.no_grad():
        expected = model(torch.tensor([tokens])).logits[0].numpy()
    logits = reference(folder).logits(tokens)
    return np.abs(logits - expected).max() / expected.std()


def test_reference_agrees_with_transformers(folder):
    model = codegen(folder)
    assert largest_difference(folder, model, rows=SHAPE.vocabulary) < 1e-4


def test_reference_agrees_with_transformers_for_plain_codegen(tmp_path):
    folder = write_codegen(tmp_path / "codegen")
    model = codegen(folder, also="masked_bias")
    size = CODEGEN.context
    assert largest_difference(folder, model, rows=CODEGEN.vocabulary, size=size) < 1e-4


LLAMAS = {
    "plain": LlamaShape(layers=2),
    "grouped": LlamaShape(layers=2, key_heads=2),
    "tied": LlamaShape(layers=2, tied=True),
    "biases": LlamaShape(layers=2, key_heads=4, attention_bias=True, mlp_bias=True),
    "large heads": LlamaShape(layers=2, head=48, key_heads=1),
}
LINEAR = {"rope_theta": 500000.0, "rope_scaling": {"type": "linear", "factor": 4.0}}


def llama(shape, **config):
    """A model of transformers with the weights of our test checkpoints."""
    table = llama_config(shape, "llama") | config
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**table))
    state = {n: torch.from_numpy(v) for n, v in llama_tensors(shape).items()}
    if shape.tied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state)
    return model.float().eval()


@pytest.mark.parametrize("config", [{}, LINEAR], ids=["", "scaled positions"])
@pytest.mark.parametrize("name", LLAMAS)
def test_llama_reference_agrees_with_transformers(tmp_path, name, config):
    shape = LLAMAS[name]
    folder = write_llama(tmp_path / "llama", shape=shape, **config)
    model = llama(shape, **config)
    assert largest_difference(folder, model, rows=shape.vocabulary) < 1e-4


@pytest.mark.parametrize("name", LLAMAS)
def test_reads_a_llama_that_transformers_saves(tmp_path, name):
    # Its config has the keys of the version that is installed.
    model = llama(LLAMAS[name], **LINEAR)
    model.save_pretrained(tmp_path)
    write_llama_tokenizer(tmp_path)
    rows = LLAMAS[name].vocabulary
    assert largest_difference(tmp_path, model, rows=rows) < 1e-4
    assert len(read_vocabulary(tmp_path, rows).tokens) == rows


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
