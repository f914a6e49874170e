from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from converter.architectures.architecture import find_architecture
from converter.architectures.codegen import CodeGen
from converter.architectures.llama import Llama
from converter.checkpoint import open_checkpoint
from converter.dtypes import DType
from converter.errors import CheckpointError, TensorError, UnsupportedError
from converter.intake import Intake
from converter.tensors import StoredTensor
from converter.vocabulary import Tokenizer
from tests.checkpoints import Gptq
from tests.llama_checkpoints import (
    TINY,
    LlamaShape,
    llama_config,
    rotary_buffers,
    write_gptq_llama,
    write_llama,
)

FILE = Path("config.json")
# The file of fnlp/moss-base-7b, without what is about training.
PUBLISHED = {
    "architectures": ["MossForCausalLM"],
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "max_position_embeddings": 2048,
    "model_type": "moss",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "pad_token_id": 0,
    "rms_norm_eps": 1e-05,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
    "vocab_size": 92494,
}


def config(**changes):
    return llama_config(TINY, "llama") | changes


def stored(*shape, dtype=DType.F32):
    array = np.zeros(shape, dtype.stored)
    return StoredTensor(name="t", file=Path("w.bin"), dtype=dtype, array=array)


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


@pytest.fixture
def checkpoint(tmp_path):
    return open_checkpoint(write_llama(tmp_path / "llama"))


@pytest.fixture
def model(checkpoint):
    return find_architecture(checkpoint.config, FILE)


def test_moss_base_7b_is_a_llama():
    model = find_architecture(PUBLISHED, FILE)
    assert isinstance(model, Llama)
    assert (model.name, model.tokenizer) == ("llama", Tokenizer.SENTENCEPIECE)
    entries = {e.key.removeprefix("llama."): e.value for e in model.metadata()}
    assert entries == {
        "vocab_size": 92494,
        "context_length": 2048,
        "embedding_length": 4096,
        "feed_forward_length": 11008,
        "block_count": 32,
        "attention.head_count": 32,
        "attention.head_count_kv": 32,
        "attention.key_length": 128,
        "attention.value_length": 128,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "rope.dimension_count": 128,
        "rope.freq_base": 10000.0,
    }
    names = [target.source for target in model.targets()]
    assert len(names) == 32 * 9 + 3
    assert not [name for name in names if name.endswith("bias")]


def test_moss_003_is_not():
    moss = {
        "model_type": "moss",
        "n_embd": 32,
        "n_layer": 1,
        "n_head": 4,
        "n_ctx": 64,
        "rotary_dim": 4,
        "vocab_size": 100,
        "hidden_size": 32,  # as transformers may name it as well
    }
    assert isinstance(find_architecture(moss, FILE), CodeGen)


def test_what_a_config_leaves_out_is_as_in_transformers():
    table = config()
    for key in ("num_key_value_heads", "head_dim", "rope_theta", "rms_norm_eps"):
        del table[key]
    model = Llama.from_config(table, FILE)
    assert (model.key_heads, model.group) == (model.heads, 1)
    assert model.head_size == TINY.width // TINY.heads
    assert (model.rope_base, model.rope_factor, model.epsilon) == (1e4, 1, 1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 4}},
        {"rope_theta": 5e5, "rope_scaling": {"rope_type": "linear", "factor": 4.0}},
        {
            "rope_theta": None,
            "rope_parameters": {
                "rope_type": "linear",
                "rope_theta": 500000.0,
                "factor": 4.0,
            },
        },
    ],
    ids=["old", "newer", "transformers 5"],
)
def test_rotary_scaling(changes):
    model = Llama.from_config(config(**changes), FILE)
    assert (model.rope_base, model.rope_factor) == (500000.0, 4.0)
    entries = {e.key.removeprefix("llama."): e.value for e in model.metadata()}
    assert entries["rope.scaling.type"] == "linear"
    assert entries["rope.scaling.factor"] == 4.0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"model_type": "mistral"}, UnsupportedError),
        ({"hidden_act": "gelu"}, UnsupportedError),
        ({"hidden_act": []}, UnsupportedError),
        ({"partial_rotary_factor": 0.5}, UnsupportedError),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8}}, UnsupportedError),
        ({"rope_scaling": {"type": "dynamic", "factor": 2}}, UnsupportedError),
        ({"rope_scaling": {"type": []}}, UnsupportedError),
        ({"rope_parameters": {"rope_type": "yarn"}}, UnsupportedError),
        ({"rope_scaling": "linear"}, CheckpointError),
        ({"rope_scaling": {"type": "linear", "factor": 0}}, CheckpointError),
        ({"rope_theta": 1e300}, CheckpointError),
        ({"rope_theta": float("nan")}, CheckpointError),
        ({"rope_theta": -1}, CheckpointError),
        ({"hidden_size": None}, CheckpointError),
        ({"hidden_size": 33, "head_dim": None}, CheckpointError),
        ({"hidden_size": 2, "head_dim": None}, CheckpointError),
        ({"head_dim": 7}, CheckpointError),
        ({"head_dim": 1 << 20}, CheckpointError),
        ({"num_key_value_heads": 3}, CheckpointError),
        ({"num_key_value_heads": 8}, CheckpointError),
        ({"num_hidden_layers": 513}, CheckpointError),
        ({"num_hidden_layers": 0}, CheckpointError),
        ({"intermediate_size": 1 << 40}, CheckpointError),
        ({"max_position_embeddings": None}, CheckpointError),
        ({"rms_norm_eps": 0}, CheckpointError),
        ({"tie_word_embeddings": "no"}, CheckpointError),
        ({"attention_bias": 1}, CheckpointError),
    ],
)
def test_refuses_other_configs(changes, error):
    with pytest.raises(error, match=r"config\.json"):
        find_architecture(config(**changes), FILE)


def test_targets_have_the_names_of_llama(checkpoint, model):
    found = plan(model, checkpoint.tensors)
    assert found.skipped == ()
    assert [ready.target.name for ready in found.targets] == [
        "token_embd.weight",
        "blk.0.attn_norm.weight",
        "blk.0.ffn_norm.weight",
        "blk.0.attn_q.weight",
        "blk.0.attn_k.weight",
        "blk.0.attn_v.weight",
        "blk.0.attn_output.weight",
        "blk.0.ffn_gate.weight",
        "blk.0.ffn_up.weight",
        "blk.0.ffn_down.weight",
        "output_norm.weight",
        "output.weight",
    ]


def test_every_tensor_is_needed_and_every_shape_is_checked(checkpoint, model):
    for name, tensor in checkpoint.tensors.items():
        others = {n: t for n, t in checkpoint.tensors.items() if n != name}
        with pytest.raises(TensorError, match=f"tensor {name}: it is missing"):
            plan(model, others)
        wrong = replace(tensor, array=np.zeros((3, *tensor.shape), np.float32))
        with pytest.raises(TensorError, match=f"tensor {name}: its shape is"):
            plan(model, {**others, name: wrong})


@pytest.mark.parametrize(
    "name",
    [
        "model.layers.1.input_layernorm.weight",
        "model.layers.0.self_attn.q_proj.bias",
        "model.layers.0.mlp.gate_proj.bias",
        "model.layers.0.self_attn.q_norm.weight",
        "rotary_emb.inv_freq",
    ],
)
def test_refuses_unknown_tensors(checkpoint, model, name):
    with pytest.raises(TensorError, match=f"tensor {name}: it has no place"):
        plan(model, {**checkpoint.tensors, name: stored(4)})


def test_biases_where_the_config_says_so(tmp_path):
    shape = replace(TINY, attention_bias=True, mlp_bias=True)
    checkpoint = open_checkpoint(write_llama(tmp_path / "llama", shape=shape))
    found = plan(find_architecture(checkpoint.config, FILE), checkpoint.tensors)
    biases = [r.target for r in found.targets if r.target.name.endswith("bias")]
    names = [target.name.split(".")[2] for target in biases]
    attention = ["attn_q", "attn_k", "attn_v", "attn_output"]
    assert names == [*attention, "ffn_gate", "ffn_up", "ffn_down"]
    # They are ordered as the rows that they are added to.
    assert [target.order is not None for target in biases] == [True] * 2 + [False] * 5


def test_rows_of_queries_and_keys_become_neighbours(model):
    orders = {t.name: t.order for t in model.targets() if t.order is not None}
    size = TINY.width // TINY.heads
    half = size // 2
    head = [
        n for pair in zip(range(half), range(half, size), strict=True) for n in pair
    ]
    expected = [size * n + row for n in range(TINY.heads) for row in head]
    assert set(orders) == {"blk.0.attn_q.weight", "blk.0.attn_k.weight"}
    assert orders["blk.0.attn_q.weight"].tolist() == expected


def test_skips_buffers_of_older_files(checkpoint, model):
    buffers = dict.fromkeys(rotary_buffers(TINY), stored(4))
    buffers |= {"model.rotary_emb.inv_freq": stored(4)}
    buffers |= {"model.layers.0.self_attn.rotary_emb.cos_cached": stored(4)}
    found = plan(model, {**checkpoint.tensors, **buffers})
    assert set(found.skipped) == set(buffers)


def test_a_tied_output_is_there_once(tmp_path):
    shape = replace(TINY, tied=True)
    checkpoint = open_checkpoint(write_llama(tmp_path / "llama", shape=shape))
    model = find_architecture(checkpoint.config, FILE)
    found = plan(model, checkpoint.tensors)
    assert "output.weight" not in {ready.target.name for ready in found.targets}
    # PyTorch's own files hold it under both names.
    twice = {**checkpoint.tensors, "lm_head.weight": stored(shape.vocabulary, 32)}
    assert plan(model, twice).skipped == ("lm_head.weight",)


def test_gptq_linears_are_used_with_all_their_parts(tmp_path):
    shape = LlamaShape(width=128, layers=1, heads=4, key_heads=2, inner=256)
    write_gptq_llama(tmp_path / "llama", Gptq(), shape=shape)
    checkpoint = open_checkpoint(tmp_path / "llama")
    found = plan(find_architecture(checkpoint.config, FILE), checkpoint.tensors)
    parts = [len(ready.tensors) for ready in found.targets]
    assert sorted(parts) == [1] * 5 + [4] * 7
