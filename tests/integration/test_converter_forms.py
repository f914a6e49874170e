"""Every form of a checkpoint in every type: the table in the README.

A file made from any form holds, tensor by tensor, the bytes of the file made from the
same weights as plain float32. What those bytes are worth is for the other tests: they
are llama.cpp's own (`test_converter_quantized`), and the float files agree with the
original's logits (`test_converter_exactness`, `test_converter_gptq`).
"""

from dataclasses import dataclass

import numpy as np
import pytest
from gguf import GGUFReader

from converter.__main__ import main
from converter.mixture import OUTPUT_TYPES
from tests.checkpoints import (
    Dtype,
    Gptq,
    Layout,
    Shape,
    bfloat16,
    masks,
    random_tensors,
    write_checkpoint,
    write_gptq_checkpoint,
)

SHAPE = Shape(width=256, layers=1, heads=8, rotary=16, context=64)


@dataclass(frozen=True)
class Form:
    """One way in which a checkpoint comes."""

    layout: Layout = "single"
    dtype: Dtype = "float16"
    gptq: Gptq | None = None


FORMS = {
    "one file": Form(),
    "shards": Form("sharded"),
    "safetensors": Form("safetensors"),
    "safetensors shards": Form("safetensors-sharded"),
    "bfloat16": Form(dtype="bfloat16"),
    "float32": Form(dtype="float32"),
    "int4": Form(gptq=Gptq()),
    "int4 in activation order": Form(gptq=Gptq(activation_order=True)),
    "int8": Form(gptq=Gptq(bits=8)),
    "int8 in activation order": Form(gptq=Gptq(bits=8, activation_order=True)),
    "int4 safetensors": Form("safetensors", gptq=Gptq()),
}
KEPT = {"int4", "int4 safetensors"}


def write(folder, form):
    """Writes a checkpoint in a form and returns its weights as they are meant."""
    if form.gptq is not None:
        return write_gptq_checkpoint(folder, form.gptq, shape=SHAPE, layout=form.layout)
    tensors = random_tensors(SHAPE)
    write_checkpoint(
        folder,
        shape=SHAPE,
        layout=form.layout,
        dtype=form.dtype,
        tensors=tensors | masks(SHAPE),
    )
    if form.dtype == "bfloat16":
        for name, values in tensors.items():
            wide = bfloat16(values).astype(np.uint32) << np.uint32(16)
            tensors[name] = wide.view(np.float32)
    return tensors


@pytest.fixture(scope="module", params=FORMS)
def pair(request, tmp_path_factory):
    """A form's name, a checkpoint in it, and the same weights in float32."""
    root = tmp_path_factory.mktemp("forms")
    meant = write(root / "moss", FORMS[request.param])
    twin = write_checkpoint(root / "twin", shape=SHAPE, tensors=meant, dtype="float32")
    return request.param, root / "moss", twin


def tensors_of(folder, target, kind):
    assert main([str(folder), str(target), "--type", kind]) == 0
    return {
        tensor.name: (tensor.tensor_type.name, tensor.data.tobytes())
        for tensor in GGUFReader(target).tensors
    }


@pytest.mark.parametrize("kind", OUTPUT_TYPES)
def test_every_form_in_every_type(pair, tmp_path, kind):
    form, folder, twin = pair
    found = tensors_of(folder, tmp_path / "moss.gguf", kind)
    if form in KEPT and kind == "Q4_1":
        # Nothing is quantized twice; what the blocks hold is in test_converter_gptq.
        assert {name for name, _ in found.values()} == {"Q4_1", "F16", "F32"}
        return
    expected = tensors_of(twin, tmp_path / "twin.gguf", kind)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert tensor == expected[name], name
