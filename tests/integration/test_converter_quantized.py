"""Quantized files against llama.cpp's own quantizer, started from our F16 file."""

import llama_cpp
import pytest
from gguf import GGUFReader

from converter.__main__ import main
from converter.mixture import OUTPUT_TYPES
from tests.checkpoints import Shape, write_checkpoint

# Enough layers for each rule of the mixtures to apply to some and not to others.
SHAPE = Shape(width=256, layers=16, heads=4, rotary=32, padding=3)
NARROW = Shape(width=96, layers=2, heads=4, rotary=8)
KINDS = [kind for kind in OUTPUT_TYPES if kind not in {"F32", "F16"}]


@pytest.fixture(scope="module", params=[SHAPE, NARROW], ids=["wide", "narrow"])
def sources(request, tmp_path_factory):
    """A checkpoint and its F16 file."""
    root = tmp_path_factory.mktemp("quantized")
    folder = write_checkpoint(root / "moss", shape=request.param)
    assert main([str(folder), str(root / "f16.gguf"), "--type", "F16"]) == 0
    return folder, root / "f16.gguf"


@pytest.mark.parametrize("kind", KINDS)
def test_same_types_and_same_bytes_as_llama_cpp(sources, tmp_path, kind):
    folder, source = sources
    ours, theirs = tmp_path / "ours.gguf", tmp_path / "theirs.gguf"
    assert main([str(folder), str(ours), "--type", kind]) == 0
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = int(OUTPUT_TYPES[kind].file_type)
    parameters.nthread = 2
    failed = llama_cpp.llama_model_quantize(
        str(source).encode(), str(theirs).encode(), parameters
    )
    assert failed == 0
    expected = {tensor.name: tensor for tensor in GGUFReader(theirs).tensors}
    for tensor in GGUFReader(ours).tensors:
        other = expected.pop(tensor.name)
        assert (tensor.name, tensor.tensor_type) == (other.name, other.tensor_type)
        assert tensor.data.tobytes() == other.data.tobytes(), tensor.name
    assert not expected
