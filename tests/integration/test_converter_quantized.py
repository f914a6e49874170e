"""Quantized files against llama.cpp's own quantizer, started from our F16 file."""

import numpy as np
import pytest
from gguf import GGUFReader

from converter.__main__ import main
from converter.mixture import OUTPUT_TYPES
from tests.checkpoints import Shape, write_checkpoint
from tests.imatrices import TOKENS, entry, random_sums, write_imatrix
from tests.llama import quantized

# Enough layers for the rules of the mixtures to apply to some and not to others;
# `test_converter_mixture` has more of them.
SHAPE = Shape(width=256, layers=8, heads=4, rotary=32, padding=3)
NARROW = Shape(width=96, layers=2, heads=4, rotary=8)
KINDS = [kind for kind in OUTPUT_TYPES if kind not in {"F32", "F16"}]
UNSPOKEN = "blk.1.ffn_up.weight"


@pytest.fixture(scope="module", params=[SHAPE, NARROW], ids=["wide", "narrow"])
def sources(request, tmp_path_factory):
    """A checkpoint and its F16 file."""
    root = tmp_path_factory.mktemp("quantized")
    folder = write_checkpoint(root / "moss", shape=request.param)
    assert main([str(folder), str(root / "f16.gguf"), "--type", "F16"]) == 0
    return folder, root / "f16.gguf"


@pytest.fixture(scope="module")
def sums(sources):
    """Random sums for the columns of all linears but one."""
    return {
        tensor.name: random_sums(int(tensor.shape[0]), seed)
        for seed, tensor in enumerate(GGUFReader(sources[1]).tensors)
        if tensor.name.startswith("blk.")
        and len(tensor.shape) > 1
        and tensor.name != UNSPOKEN
    }


def assert_same_tensors(ours, theirs):
    expected = {tensor.name: tensor for tensor in GGUFReader(theirs).tensors}
    for tensor in GGUFReader(ours).tensors:
        other = expected.pop(tensor.name)
        assert (tensor.name, tensor.tensor_type) == (other.name, other.tensor_type)
        assert tensor.data.tobytes() == other.data.tobytes(), tensor.name
    assert not expected


@pytest.mark.parametrize("kind", KINDS)
def test_same_types_and_same_bytes_as_llama_cpp(sources, tmp_path, kind):
    folder, source = sources
    ours = tmp_path / "ours.gguf"
    assert main([str(folder), str(ours), "--type", kind]) == 0
    theirs = quantized(source, tmp_path / "theirs.gguf", OUTPUT_TYPES[kind].file_type)
    assert_same_tensors(ours, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_with_an_importance_matrix(sources, sums, tmp_path, kind):
    folder, source = sources
    imatrix = write_imatrix(
        tmp_path / "imatrix.gguf", {name: entry(sums[name]) for name in sums}
    )
    ours = tmp_path / "ours.gguf"
    command = [str(folder), str(ours), "--type", kind, "--imatrix", str(imatrix)]
    assert main(command) == 0
    theirs = quantized(
        source,
        tmp_path / "theirs.gguf",
        OUTPUT_TYPES[kind].file_type,
        importance={name: sums[name] / np.float32(TOKENS) for name in sums},
    )
    assert_same_tensors(ours, theirs)
