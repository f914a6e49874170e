import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from converter.architectures.architecture import find_architecture
from converter.architectures.codegen import CodeGen
from converter.checkpoint import open_checkpoint
from converter.dtypes import DType
from converter.errors import CheckpointError, TensorError, UnsupportedError
from converter.gptq import GptqRows
from converter.intake import Intake
from converter.tensors import StoredTensor
from tests.checkpoints import (
    SMALL,
    TINY,
    Gptq,
    write_checkpoint,
    write_config,
    write_gptq_checkpoint,
)

FILE = Path("config.json")


@pytest.fixture
def checkpoint(tmp_path):
    return open_checkpoint(write_checkpoint(tmp_path / "moss"))


@pytest.fixture
def parameters(checkpoint):
    return CodeGen.from_config(checkpoint.config, FILE)


@dataclass(frozen=True)
class Plan:
    targets: list
    skipped: tuple


def plan(model, tensors):
    """All that is made of some tensors."""
    intake = Intake(model.targets(), model.is_buffer)
    intake.add(replace(tensor, name=name) for name, tensor in tensors.items())
    ready = list(intake.ready())
    intake.check_complete()
    return Plan(ready, tuple(intake.skipped))


def stored(*shape, dtype=DType.F16):
    array = np.zeros(shape, dtype.stored)
    return StoredTensor(name="t", file=Path("w.bin"), dtype=dtype, array=array)


def test_reads_the_numbers(parameters):
    assert parameters.width == TINY.width
    assert parameters.inner == 4 * TINY.width
    assert parameters.head_size == TINY.width // TINY.heads
    assert parameters.context == TINY.context


def test_reads_the_published_config():
    config = {
        "model_type": "moss",
        "n_embd": 6144,
        "n_layer": 34,
        "n_head": 24,
        "n_inner": None,
        "n_ctx": 2048,
        "n_positions": 2048,
        "rotary_dim": 64,
        "vocab_size": 107008,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": False,
        "bos_token_id": 106028,
        "eos_token_id": 106068,
    }
    entries = {
        e.key.removeprefix("phi2."): e.value
        for e in CodeGen.from_config(config, FILE).metadata()
    }
    assert entries == {
        "vocab_size": 107008,
        "context_length": 2048,
        "embedding_length": 6144,
        "feed_forward_length": 24576,
        "block_count": 34,
        "attention.head_count": 24,
        "attention.head_count_kv": 24,
        "attention.key_length": 256,
        "attention.value_length": 256,
        "attention.layer_norm_epsilon": 1e-5,
        "rope.dimension_count": 64,
        "rope.freq_base": 10000.0,
    }


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model_type": "gpt2"}, UnsupportedError),
        ({"model_type": None}, UnsupportedError),
        ({"model_type": []}, UnsupportedError),
        ({"activation_function": "relu"}, UnsupportedError),
        ({"tie_word_embeddings": True}, UnsupportedError),
        ({"n_embd": 0}, CheckpointError),
        ({"n_embd": -32}, CheckpointError),
        ({"n_embd": "32"}, CheckpointError),
        ({"n_embd": 32.0}, CheckpointError),
        ({"n_embd": True}, CheckpointError),
        ({"n_embd": None}, CheckpointError),
        ({"n_embd": 34}, CheckpointError),
        ({"n_head": 2}, CheckpointError),
        ({"n_layer": 1 << 40}, CheckpointError),
        ({"rotary_dim": 3}, CheckpointError),
        ({"rotary_dim": 64}, CheckpointError),
        ({"layer_norm_epsilon": "1e-5"}, CheckpointError),
        ({"layer_norm_epsilon": 0}, CheckpointError),
    ],
)
def test_refuses_other_configs(tmp_path, change, error):
    write_config(tmp_path, TINY, "moss", **change)
    config = json.loads((tmp_path / "config.json").read_text())
    with pytest.raises(error, match=r"config\.json"):
        find_architecture(config, FILE)


def test_every_tensor_is_used_once_or_skipped(checkpoint, parameters):
    result = plan(parameters, checkpoint.tensors)
    used = [t.rows.tensor.name for t in result.targets if hasattr(t.rows, "tensor")]
    assert sorted([*used, *result.skipped]) == sorted(checkpoint.tensors)
    assert result.skipped == ("transformer.h.0.attn.causal_mask",)


def test_targets_have_the_names_of_phi2(checkpoint, parameters):
    found = plan(parameters, checkpoint.tensors).targets
    names = [ready.target.name for ready in found]
    assert names == [
        "token_embd.weight",
        "blk.0.attn_norm.weight",
        "blk.0.attn_norm.bias",
        "blk.0.attn_qkv.weight",
        "blk.0.attn_output.weight",
        "blk.0.ffn_up.weight",
        "blk.0.ffn_up.bias",
        "blk.0.ffn_down.weight",
        "blk.0.ffn_down.bias",
        "blk.0.attn_output.bias",
        "output_norm.weight",
        "output_norm.bias",
        "output.weight",
        "output.bias",
    ]


@pytest.mark.parametrize(
    "buffer", ["attn.masked_bias", "attn.bias", "attn.embed_positions"]
)
def test_skips_buffers_of_other_codegen_files(checkpoint, parameters, buffer):
    name = f"transformer.h.0.{buffer}"
    tensors = {**checkpoint.tensors, name: stored()}
    assert name in plan(parameters, tensors).skipped


def test_every_single_tensor_is_needed(checkpoint, parameters):
    for name in checkpoint.tensors:
        if name.endswith("causal_mask"):
            continue
        tensors = {n: t for n, t in checkpoint.tensors.items() if n != name}
        with pytest.raises(TensorError, match=f"tensor {name}: it is missing"):
            plan(parameters, tensors)


def test_every_single_shape_is_checked(checkpoint, parameters):
    for name, tensor in checkpoint.tensors.items():
        if name.endswith("causal_mask"):
            continue
        wrong = replace(tensor, array=np.zeros((3, *tensor.shape), np.float16))
        with pytest.raises(TensorError, match=f"tensor {name}: its shape is"):
            plan(parameters, {**checkpoint.tensors, name: wrong})


@pytest.mark.parametrize(
    "name",
    ["transformer.h.1.ln_1.weight", "extra", "transformer.h.0.attn.qkv_proj.bias", "0"],
)
def test_refuses_unknown_tensors(checkpoint, parameters, name):
    with pytest.raises(TensorError, match=f"tensor {name}: it has no place"):
        plan(parameters, {**checkpoint.tensors, name: stored(4)})


def test_refuses_integer_weights(checkpoint, parameters):
    tensors = {
        **checkpoint.tensors,
        "lm_head.bias": stored(TINY.vocabulary, dtype=DType.I32),
    }
    with pytest.raises(TensorError, match="its type is int32"):
        plan(parameters, tensors)


GPTQ_LINEARS = ("attn.qkv_proj", "attn.out_proj", "mlp.fc_in", "mlp.fc_out")


@pytest.fixture
def quantized(tmp_path):
    write_gptq_checkpoint(tmp_path / "int4", Gptq(), shape=SMALL)
    return open_checkpoint(tmp_path / "int4")


def read_parameters(checkpoint):
    return CodeGen.from_config(checkpoint.config, FILE)


def test_gptq_linears_are_used_once_with_all_their_parts(quantized):
    result = plan(read_parameters(quantized), quantized.tensors)
    linears = [t.rows for t in result.targets if isinstance(t.rows, GptqRows)]
    assert [rows.linear.scales.name for rows in linears] == [
        f"transformer.h.0.{name}.scales" for name in GPTQ_LINEARS
    ]
    assert [rows.shape for rows in linears] == [
        (384, 128),
        (128, 128),
        (512, 128),
        (128, 512),
    ]
    dense = [t.rows.tensor.name for t in result.targets if hasattr(t.rows, "tensor")]
    assert {"transformer.wte.weight", "lm_head.weight"} <= set(dense)
    assert "transformer.h.0.mlp.fc_in.bias" in dense


def test_every_single_part_of_a_gptq_checkpoint_is_needed(quantized):
    parameters = read_parameters(quantized)
    for name in quantized.tensors:
        if name.endswith("causal_mask"):
            continue
        tensors = {n: t for n, t in quantized.tensors.items() if n != name}
        with pytest.raises(TensorError, match=f"tensor {name}: it is missing"):
            plan(parameters, tensors)


def test_every_single_shape_of_a_gptq_checkpoint_is_checked(quantized):
    parameters = read_parameters(quantized)
    for name, tensor in quantized.tensors.items():
        if name.endswith("causal_mask"):
            continue
        wrong = replace(tensor, array=np.zeros((3, *tensor.shape), np.float16))
        with pytest.raises(TensorError, match=f"tensor {name}: its shape is"):
            plan(parameters, {**quantized.tensors, name: wrong})


def test_refuses_a_weight_beside_its_quantized_form(quantized):
    name = "transformer.h.0.mlp.fc_in.weight"
    tensors = {**quantized.tensors, name: stored(512, 128)}
    with pytest.raises(TensorError, match="it has no place"):
        plan(read_parameters(quantized), tensors)
