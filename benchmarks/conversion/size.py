"""The shapes of the models that are converted; knows nothing but numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

_HALF = 2  # bytes of a float16


@dataclass(frozen=True, slots=True)
class Twin:
    """A tensor of both models.

    Attributes:
        phi2: Its name in phi-2, as first published: with `Wqkv` in one piece.
        codegen: Its name in CodeGen, or None where CodeGen has no such tensor.
        shape: Its shape.
        scale: Standard deviation of its numbers.
        mean: Their mean.
    """

    phi2: str
    codegen: str | None
    shape: tuple[int, ...]
    scale: float
    mean: float = 0.0

    @property
    def bytes(self) -> int:
        """Bytes of its float16 numbers."""
        return _HALF * prod(self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The numbers that fix a model's shape.

    Attributes:
        width: `n_embd`; the MLP is four times as wide.
        layers: Number of layers.
        heads: Number of heads, a multiple of 4.
        rotary: Rotating dimensions of a head.
        vocabulary: Rows of the embedding, padding included.
        context: Length of the context window.
    """

    width: int
    layers: int
    heads: int
    rotary: int
    vocabulary: int
    context: int

    @property
    def head_size(self) -> int:
        """Dimensions of a head."""
        return self.width // self.heads

    @property
    def weights(self) -> int:
        """Bytes of all tensors in float16."""
        return sum(twin.bytes for twin in self.twins())

    def twins(self) -> Iterator[Twin]:
        """Yields all tensors, in the order in which they are stored."""
        width, rows, usual = self.width, self.vocabulary, self.width**-0.5
        yield Twin(
            "transformer.embd.wte.weight", "transformer.wte.weight", (rows, width), 0.5
        )
        for layer in range(self.layers):
            yield from self._layer(f"transformer.h.{layer}.")
        yield Twin("lm_head.ln.weight", "transformer.ln_f.weight", (width,), 0.125, 1.0)
        yield Twin("lm_head.ln.bias", "transformer.ln_f.bias", (width,), 0.125)
        yield Twin("lm_head.linear.weight", "lm_head.weight", (rows, width), usual)
        yield Twin("lm_head.linear.bias", "lm_head.bias", (rows,), 0.25)

    def _layer(self, prefix: str) -> Iterator[Twin]:
        width, inner, usual = self.width, 4 * self.width, self.width**-0.5
        for twin in (
            Twin("ln.weight", "ln_1.weight", (width,), 0.125, 1.0),
            Twin("ln.bias", "ln_1.bias", (width,), 0.125),
            Twin(
                "mixer.Wqkv.weight", "attn.qkv_proj.weight", (3 * width, width), usual
            ),
            Twin(
                "mixer.out_proj.weight", "attn.out_proj.weight", (width, width), usual
            ),
            Twin("mixer.out_proj.bias", None, (width,), 0.0),
            Twin("mlp.fc1.weight", "mlp.fc_in.weight", (inner, width), usual),
            Twin("mlp.fc1.bias", "mlp.fc_in.bias", (inner,), 0.125),
            Twin("mlp.fc2.weight", "mlp.fc_out.weight", (width, inner), usual / 2),
            Twin("mlp.fc2.bias", "mlp.fc_out.bias", (width,), 0.125),
        ):
            codegen = twin.codegen and prefix + twin.codegen
            yield Twin(prefix + twin.phi2, codegen, twin.shape, twin.scale, twin.mean)


MOSS = Size(width=6144, layers=1, heads=24, rotary=64, vocabulary=107008, context=2048)
"""MOSS-003 but for the number of its layers."""
MOSS_LAYERS = 34
SMALL = Size(width=1024, layers=1, heads=16, rotary=32, vocabulary=51200, context=1024)
"""For a quick look: 50,257 tokens of GPT-2, and everything else small."""
