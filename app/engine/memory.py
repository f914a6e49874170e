"""What a model needs in memory, computed from the sizes of its tensors.

Pure arithmetic; who reads the sizes from a file and who knows the devices is somewhere
else. All sizes are bytes. What llama.cpp puts where was read in its sources
(`llama-model.cpp`, `llama-kv-cache.cpp`) and checked against its logs:

* The token embeddings stay on the host, whatever is offloaded.
* A layer's weights and its keys and values lie on the layer's device; the output
  counts as one layer more and has none.
* Some types are rearranged ("repacked") for the processor when nothing is offloaded.
  With a mapped file those weights are resident twice.
"""

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.hardware import KvType

MIB: Final = 1024 * 1024
_CELLS: Final = 256
"""llama.cpp rounds a context up to a multiple of this."""
_BLOCK: Final = 32
_BLOCK_BYTES: Final = {KvType.F16: 64, KvType.Q8_0: 34}
"""Bytes of 32 numbers: q8_0 adds a float16 to 32 bytes."""
_FLOAT: Final = 4
_HALF: Final = 2
_HIDDEN: Final = 5
"""Rows as wide as the embedding that are alive at once: input, residual, q, k, v."""
_FEATURE: Final = re.compile(r"(\w+) = (\d+)")
_FLASH_WIDTHS: Final = frozenset({64, 80, 96, 112, 128, 256})
"""Of a head: those that llama.cpp's CUDA, Metal and Vulkan code all have."""
_LAYER: Final = re.compile(r"blk\.(\d+)\.")
_MATRIX: Final = 2
_AVX2: Final = frozenset({"q4_0", "q4_K", "iq4_nl", "mxfp4"})
_AVX512: Final = frozenset({"q2_K"})
_NEON: Final = frozenset(
    {"q1_0", "q4_0", "q8_0", "q4_K", "q5_K", "q6_K", "iq4_nl", "mxfp4"}
)
_AMX: Final = frozenset({"q4_0", "q4_1", "q8_0", "q4_K", "q5_K", "q6_K", "iq4_xs"})


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as the file's header names it.

    Attributes:
        name: Its name, such as "blk.0.ffn_up.weight".
        type: ggml's name of its type, such as "q4_0".
        dimensions: How many dimensions it has.
        size: Its bytes.
    """

    name: str
    type: str
    dimensions: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """The numbers of a model's metadata that sizes depend on.

    Attributes:
        context: Tokens that it was trained to look back on.
        embedding: Width of the embedding.
        feed_forward: Width of the inner layer.
        heads: Attention heads.
        kv_heads: Heads of keys and values.
        key: Width of a head's keys.
        value: Width of a head's values.
        vocabulary: Rows of the output.
    """

    context: int
    embedding: int
    feed_forward: int
    heads: int
    kv_heads: int
    key: int
    value: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one layer, or of what comes before or after the layers.

    Attributes:
        size: All of them.
        repacked: Those that the processor rearranges.
        largest: The largest single tensor.
    """

    size: int = 0
    repacked: int = 0
    largest: int = 0


@dataclass(frozen=True, slots=True)
class Needs:
    """What a model needs.

    Attributes:
        dimensions: Its numbers.
        input: Weights that stay on the host.
        layers: Weights of each layer; the last entry is the output.
    """

    dimensions: Dimensions
    input: Weights
    layers: tuple[Weights, ...]

    @property
    def size(self) -> int:
        """All weights."""
        return self.input.size + sum(layer.size for layer in self.layers)

    def context(self, wanted: int | None) -> int:
        """Tokens of the window: what is asked for within what was trained."""
        trained = self.dimensions.context
        return trained if wanted is None else min(wanted, trained)

    def kv(self, context: int, kv_type: KvType) -> int:
        """Keys and values of one layer."""
        numbers = self.dimensions
        cells = math.ceil(context / _CELLS) * _CELLS
        width = numbers.kv_heads * (numbers.key + numbers.value)
        return math.ceil(cells * width / _BLOCK) * _BLOCK_BYTES[kv_type]

    @property
    def flash_attention(self) -> bool:
        """Whether a card can be expected to compute attention without its matrix."""
        numbers = self.dimensions
        return numbers.key == numbers.value and numbers.key in _FLASH_WIDTHS

    def compute(self, context: int, batch: int, *, flash: bool) -> int:
        """Buffers for a batch on one device.

        For 2,048 tokens of MOSS in batches of 512 those are 110 MiB, or 208 MiB
        without flash attention, which is what llama.cpp reserves.
        """
        numbers = self.dimensions
        batch = min(batch, context)
        row = numbers.feed_forward + _HIDDEN * numbers.embedding
        attention = 0 if flash else numbers.heads * context * _FLOAT
        mask = context * _HALF
        row_bytes = row * _FLOAT + attention + mask
        return batch * row_bytes + numbers.vocabulary * _FLOAT


def needs_of(
    dimensions: Dimensions, tensors: Iterable[Tensor], repacked_types: frozenset[str]
) -> Needs:
    """Sorts a file's tensors by where they belong.

    Args:
        dimensions: The model's numbers.
        tensors: All tensors of the file.
        repacked_types: The types that this computer's processor rearranges.
    """
    layers: dict[int, list[Tensor]] = {}
    before: list[Tensor] = []
    after: list[Tensor] = []
    for tensor in tensors:
        layer = _LAYER.match(tensor.name)
        if layer:
            layers.setdefault(int(layer[1]), []).append(tensor)
        else:
            (after if tensor.name.startswith("output") else before).append(tensor)
    if not any(tensor.name == "output.weight" for tensor in after):
        # Tied: the embeddings are the output too, and there they lie a second time.
        after += [tensor for tensor in before if tensor.name == "token_embd.weight"]
    groups = [layers[index] for index in sorted(layers)]
    return Needs(
        dimensions,
        _weights(before, frozenset()),
        tuple(_weights(group, repacked_types) for group in [*groups, after]),
    )


def features_of(system: str) -> frozenset[str]:
    """What `llama_print_system_info` says that there is, such as "AVX2"."""
    pairs = _FEATURE.findall(system)
    return frozenset(name for name, value in pairs if int(value))


def repacked_types(features: frozenset[str]) -> frozenset[str]:
    """The types that ggml rearranges for a processor.

    From `ggml_repack_get_optimal_repack_type` in llama.cpp's `repack.cpp`, and
    `qtype_has_amx_kernels` in its `amx/common.h`.

    Args:
        features: What the build and the processor have, in the words of
            `llama_print_system_info`, such as "AVX2".
    """
    types: frozenset[str] = frozenset()
    if "AMX_INT8" in features:
        types |= _AMX
    if "REPACK" in features:
        if "AVX2" in features:
            types |= _AVX2
        if "AVX512" in features:
            types |= _AVX512
        if "NEON" in features and features & {"DOTPROD", "MATMUL_INT8"}:
            types |= _NEON
    return types


def _weights(tensors: Collection[Tensor], repacked_types: frozenset[str]) -> Weights:
    sizes = [tensor.size for tensor in tensors]
    repacked = sum(
        tensor.size
        for tensor in tensors
        if tensor.type in repacked_types and tensor.dimensions >= _MATRIX
    )
    return Weights(sum(sizes), repacked, max(sizes, default=0))
