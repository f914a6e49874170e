"""What a model needs, from the sizes of its tensors."""

from dataclasses import fields, replace
from math import isclose

import pytest
from gguf import GGMLQuantizationType

from app.domain.hardware import KvType
from app.engine.memory import MIB, Needs, Tensor, Weights, needs_of, repacked_types
from app.engine.moss_sizes import (
    BUILDS,
    DIMENSIONS,
    LAYERS,
    moss_needs,
    moss_tensors,
)
from tests.fakes import moss_gguf

NOTHING = frozenset()
AVX2 = frozenset({"REPACK", "AVX2", "FMA"})


@pytest.mark.parametrize("quantization", [kind for kind in BUILDS if kind != "Q4_1"])
def test_moss_is_as_large_as_the_converter_makes_it(quantization):
    types = moss_gguf.types(quantization)
    expected = {
        shape.name: (
            types[shape.name].name.lower(),
            moss_gguf.size(shape.shape, types[shape.name]),
        )
        for shape in moss_gguf.shapes()
    }
    found = {
        tensor.name: (tensor.type.lower(), tensor.size)
        for tensor in moss_tensors(quantization)
    }
    assert found == expected


def test_the_checkpoints_in_4_bits_keep_what_is_not_quantized():
    shapes = {shape.name: shape.shape for shape in moss_gguf.shapes()}
    for tensor in moss_tensors("Q4_1"):
        shape = shapes[tensor.name]
        inside = tensor.name.startswith("blk.")
        kind = "f32" if len(shape) == 1 else "q4_1" if inside else "f16"
        expected = moss_gguf.size(shape, GGMLQuantizationType[kind.upper()])
        assert (tensor.type, tensor.size) == (kind, expected)


def test_each_tensor_is_where_it_belongs():
    needs = moss_needs("Q4_0", NOTHING)
    assert len(needs.layers) == LAYERS + 1
    assert needs.input == Weights(107008 * 6144 // 32 * 18, 0, 107008 * 6144 // 32 * 18)
    output = 107008 * 6144 // 256 * 210
    assert needs.layers[-1].size == output + (107008 + 2 * 6144) * 4
    assert needs.layers[-1].largest == output
    assert len(set(needs.layers[:-1])) == 1
    assert needs.size == sum(tensor.size for tensor in moss_tensors("Q4_0"))


def test_tied_embeddings_are_an_output_too():
    tensors = [
        Tensor("token_embd.weight", "q8_0", 2, 340),
        Tensor("blk.0.attn_q.weight", "q8_0", 2, 34),
        Tensor("output_norm.weight", "f32", 1, 8),
    ]
    needs = needs_of(DIMENSIONS, tensors, NOTHING)
    assert needs.input.size == 340
    assert [layer.size for layer in needs.layers] == [34, 348]


def test_a_context_is_what_is_asked_for_within_what_was_trained():
    needs = moss_needs("Q4_0", NOTHING)
    assert needs.context(None) == 2048
    assert needs.context(512) == 512
    assert needs.context(1_000_000) == 2048


def test_keys_and_values_in_eight_bits_take_half_and_a_bit():
    needs = moss_needs("Q4_0", NOTHING)
    assert needs.kv(2048, KvType.F16) == 48 * MIB
    assert needs.kv(2048, KvType.Q8_0) == 48 * MIB * 34 // 64
    # llama.cpp rounds a context up to 256 cells.
    assert needs.kv(1, KvType.F16) == needs.kv(256, KvType.F16) == 6 * MIB


@pytest.mark.parametrize(
    ("batch", "flash", "mebibytes"),
    [
        (32, True, 6.88),
        (128, True, 27.50),
        (512, True, 110.01),
        (32, False, 13.00),
        (128, False, 52.00),
        (512, False, 208.01),
    ],
)
def test_buffers_are_those_that_llama_cpp_reserves(batch, flash, mebibytes):
    # Logged by llama.cpp for MOSS's shapes and 2,048 tokens: "compute buffer size", and
    # 0.41 MiB for "output buffer size".
    needs = moss_needs("Q4_0", NOTHING)
    expected = (mebibytes + 0.41) * MIB
    assert isclose(needs.compute(2048, batch, flash=flash), expected, rel_tol=0.02)


def test_a_batch_is_no_longer_than_the_context():
    needs = moss_needs("Q4_0", NOTHING)
    short = needs.compute(64, 64, flash=True)
    assert needs.compute(64, 512, flash=True) == short


def test_heads_of_unusual_width_have_no_flash_attention_on_a_card():
    assert moss_needs("Q4_0", NOTHING).flash_attention
    odd = replace(DIMENSIONS, key=48, value=48)
    assert not Needs(odd, Weights(), ()).flash_attention
    assert not Needs(replace(DIMENSIONS, value=128), Weights(), ()).flash_attention


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (NOTHING, set()),
        ({"AVX2"}, set()),  # built without repacking
        ({"REPACK", "SSE3"}, set()),
        (AVX2, {"q4_0", "q4_K", "iq4_nl", "mxfp4"}),
        (AVX2 | {"AVX512"}, {"q4_0", "q4_K", "iq4_nl", "mxfp4", "q2_K"}),
        ({"REPACK", "NEON"}, set()),
    ],
)
def test_what_a_processor_rearranges(features, expected):
    assert repacked_types(frozenset(features)) == expected


def test_arm_and_amx_rearrange_more():
    arm = repacked_types(frozenset({"REPACK", "NEON", "DOTPROD"}))
    assert {"q4_0", "q6_K", "q8_0"} < arm
    assert "q8_0" in repacked_types(frozenset({"AMX_INT8"}))


def test_only_matrices_are_rearranged_and_embeddings_never():
    needs = moss_needs("Q4_0", repacked_types(AVX2))
    assert needs.input.repacked == 0
    assert needs.layers[-1].repacked == 0  # Q6_K
    matrices = 12 * 6144 * 6144 // 32 * 18
    assert {layer.repacked for layer in needs.layers[:-1]} == {matrices}


def test_a_file_without_numbers_needs_its_weights_at_least():
    names = [field.name for field in fields(DIMENSIONS)]
    nothing = replace(DIMENSIONS, **dict.fromkeys(names, 0))
    needs = Needs(nothing, Weights(), (Weights(7), Weights(3)))
    assert (
        needs.size,
        needs.compute(0, 512, flash=False),
        needs.kv(0, KvType.F16),
    ) == (10, 0, 0)
