from pathlib import Path

import numpy as np
import pytest

from converter.dtypes import DType
from converter.gptq import PARTS, GptqLinear, rows
from converter.packing import Packing, find_packing
from converter.tensors import StoredTensor, ZeroRows
from tests.checkpoints import gptq_linear


def quantized(bits, group_size=128):
    """The rows of a small linear."""
    weight = np.random.default_rng(3).standard_normal((32, 256), np.float32)
    g_idx = np.arange(256, dtype=np.int32) // group_size
    arrays, _ = gptq_linear(weight, g_idx, bits)
    parts = {
        name: StoredTensor(
            name=name,
            file=Path("w.bin"),
            dtype=DType.F16 if name == "scales" else DType.I32,
            array=arrays[name].astype(np.float16) if name == "scales" else arrays[name],
        )
        for name in PARTS
    }
    return rows(GptqLinear.checked(parts, shape=(32, 256)))


def test_describes_how_a_checkpoint_is_quantized():
    four, eight = quantized(4), quantized(8)
    assert find_packing([ZeroRows((3,))]) is None
    assert find_packing([four, ZeroRows((3,))]) == Packing(
        bits=(4,), group_sizes=(128,), is_kept=True
    )
    both = find_packing([four, eight])
    assert not both.is_kept
    assert str(both) == "GPTQ int4 and int8 in groups of 128"


def test_all_inputs_may_be_one_group():
    found = find_packing([quantized(4, group_size=256)])
    assert list(found.contradictions({"groupsize": -1})) == []
    assert list(found.contradictions({"groupsize": 128}))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, []),
        ({"wbits": 8, "groupsize": 128}, []),
        ({"wbits": None, "groupsize": None}, []),
        ({"wbits": 4, "groupsize": 128}, ["wbits 4, but the weights have 8 bits"]),
        ({"wbits": "8"}, ["wbits '8', but the weights have 8 bits"]),
        ({"groupsize": -1}, ["groupsize -1, but the groups have 128 inputs"]),
        ({"wbits": [], "groupsize": {}}, ["wbits []", "groupsize {}"]),
    ],
)
def test_warns_of_a_config_that_is_wrong(config, words):
    found = Packing(bits=(8,), group_sizes=(128,), is_kept=False)
    warnings = list(found.contradictions(config))
    assert len(warnings) == len(words)
    for warning, part in zip(warnings, words, strict=True):
        assert part in warning
