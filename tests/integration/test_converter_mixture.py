"""The choice of types against llama.cpp's own, for models of all kinds and depths.

llama.cpp's quantizer looks at names and numbers of layers and heads only, so that the
matrices here have one block of 256 columns and two rows.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter

from converter.mixture import OUTPUT_TYPES, Traits, tensor_type
from tests.llama import quantized

ROW = 256
KINDS = [kind for kind in OUTPUT_TYPES if kind not in {"F32", "F16", "BF16"}]
FUSED = ("attn_qkv", "attn_output", "ffn_up", "ffn_down")
APART = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
MODELS = {
    "phi2": ("phi2", Traits(layers=34)),
    "phi2 with imatrix": ("phi2", Traits(layers=34, has_imatrix=True)),
    "llama": ("llama", Traits(layers=16)),
    "small groups": ("llama", Traits(layers=9, group=2)),
    "large groups": ("llama", Traits(layers=16, group=4)),
    "tied": ("llama", Traits(layers=2, group=8, is_tied=True)),
    "70B": ("llama", Traits(layers=80, group=8)),
    "80 layers without groups": ("llama", Traits(layers=80)),
    "imatrix": ("llama", Traits(layers=16, group=4, has_imatrix=True)),
}


@dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple[int, ...] = (2, ROW)

    @property
    def layer(self):
        return int(self.name.split(".")[1]) if self.name.startswith("blk.") else -1


def tensors_of(architecture, model):
    yield Tensor("token_embd.weight")
    yield Tensor("output_norm.weight", (ROW,))
    if not model.is_tied:
        yield Tensor("output.weight")
    for layer in range(model.layers):
        yield Tensor(f"blk.{layer}.attn_norm.weight", (ROW,))
        yield from (
            Tensor(f"blk.{layer}.{name}.weight")
            for name in (FUSED if architecture == "phi2" else APART)
        )


@pytest.fixture(scope="module", params=MODELS)
def source(request, tmp_path_factory):
    """A file in float32, the traits of its model, and its tensors."""
    architecture, model = MODELS[request.param]
    tensors = list(tensors_of(architecture, model))
    path = tmp_path_factory.mktemp("mixture") / "f32.gguf"
    writer = GGUFWriter(path, architecture)
    writer.add_block_count(model.layers)
    writer.add_context_length(64)
    writer.add_embedding_length(ROW)
    writer.add_feed_forward_length(ROW)
    writer.add_head_count(8)
    writer.add_head_count_kv(8 // model.group)
    writer.add_layer_norm_eps(1e-5)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(2)
    random = np.random.default_rng(0)
    for tensor in tensors:
        writer.add_tensor(tensor.name, random.standard_normal(tensor.shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path, model, tensors


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_choice_as_llama_cpp(source, tmp_path, kind):
    path, model, tensors = source
    wanted = OUTPUT_TYPES[kind]
    importance = {"blk.0.ffn_up.weight": np.ones(ROW, np.float32)}
    theirs = quantized(
        path,
        tmp_path / "theirs.gguf",
        wanted.file_type,
        importance=importance if model.has_imatrix else None,
    )
    expected = {t.name: t.tensor_type for t in GGUFReader(theirs).tensors}
    assert expected == {
        tensor.name: tensor_type(wanted, tensor, model) for tensor in tensors
    }
