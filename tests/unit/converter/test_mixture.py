from dataclasses import dataclass

import pytest
from gguf.constants import GGMLQuantizationType as T

from converter.mixture import OUTPUT_TYPES, Traits, tensor_type


@dataclass
class Tensor:
    name: str
    shape: tuple[int, ...] = (512, 256)
    layer: int = -1


def chosen(kind, name, *, row=256, layers=34, **traits):
    layer = int(name.split(".")[1]) if name.startswith("blk") else -1
    tensor = Tensor(name, (512, row), layer)
    return tensor_type(OUTPUT_TYPES[kind], tensor, Traits(layers=layers, **traits))


@pytest.mark.parametrize("kind", OUTPUT_TYPES)
def test_vectors_stay_float32(kind):
    tensor = Tensor("blk.0.ffn_down.bias", (256,), 0)
    assert tensor_type(OUTPUT_TYPES[kind], tensor, Traits(layers=4)) is T.F32


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16"])
def test_floats_are_the_same_everywhere(kind):
    assert chosen(kind, "output.weight") is T[kind]
    assert chosen(kind, "blk.3.attn_qkv.weight") is T[kind]


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q6_K"])
def test_plain_types(kind):
    assert chosen(kind, "token_embd.weight") is T[kind]
    assert chosen(kind, "blk.0.ffn_down.weight") is T[kind]


def test_the_output_gets_more_bits():
    assert chosen("Q4_0", "output.weight") is T.Q6_K
    assert chosen("Q4_K_M", "output.weight") is T.Q6_K
    assert chosen("Q8_0", "output.weight") is T.Q8_0


def test_q4_k_m_gives_some_layers_more_bits():
    kinds = [chosen("Q4_K_M", f"blk.{n}.ffn_down.weight") for n in range(34)]
    # The first and last eighth, and every third layer between.
    more = [n for n, kind in enumerate(kinds) if kind is T.Q6_K]
    assert more == [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 29, 30, 31, 32, 33]
    assert chosen("Q4_K_M", "blk.0.ffn_up.weight") is T.Q4_K
    assert chosen("Q4_K_M", "blk.0.attn_output.weight") is T.Q4_K


@pytest.mark.parametrize(
    ("kind", "without", "with_it"),
    [
        ("Q4_0", T.Q4_0, T.Q4_1),
        ("Q5_0", T.Q5_0, T.Q5_1),
        ("IQ4_NL", T.Q5_K, T.IQ4_NL),
        ("IQ4_XS", T.Q5_K, T.IQ4_XS),
        ("Q4_K_S", T.Q5_K, T.Q5_K),
    ],
)
def test_an_importance_matrix_changes_the_first_eighth(kind, without, with_it):
    base = OUTPUT_TYPES[kind].base
    for layer, name in ((3, "ffn_down"), (4, "ffn_down"), (3, "ffn_up")):
        is_special = (layer, name) == (3, "ffn_down")
        tensor = f"blk.{layer}.{name}.weight"
        assert chosen(kind, tensor) is (without if is_special else base)
        expected = with_it if is_special else base
        assert chosen(kind, tensor, has_imatrix=True) is expected


def test_a_tied_embedding_is_an_output():
    assert chosen("Q4_0", "token_embd.weight", is_tied=True) is T.Q6_K
    assert chosen("Q4_0", "token_embd.weight") is T.Q4_0


@pytest.mark.parametrize(
    ("kind", "row", "expected"),
    [
        ("Q4_K_M", 96, T.Q5_0),
        ("Q5_K_M", 96, T.Q5_1),
        ("Q6_K", 96, T.Q8_0),
        ("Q2_K", 96, T.Q4_0),
        ("Q3_K_M", 96, T.Q4_0),
        ("IQ4_XS", 96, T.IQ4_NL),
        ("IQ4_NL", 96, T.IQ4_NL),
        ("IQ4_NL", 48, T.F16),
        ("IQ4_XS", 48, T.F16),
        ("Q4_0", 48, T.F16),
        ("Q6_K", 48, T.F16),
    ],
)
def test_rows_that_do_not_divide_into_blocks(kind, row, expected):
    assert chosen(kind, "blk.1.ffn_up.weight", row=row) is expected


def test_the_output_falls_back_too():
    assert chosen("Q4_0", "output.weight", row=96) is T.Q8_0
    assert chosen("Q4_K_M", "output.weight", row=96) is T.Q8_0
    assert chosen("Q4_0", "output.weight", row=48) is T.F16
