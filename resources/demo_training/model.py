"""The demo's network: a small CodeGen, as MOSS is one.

The original layout is kept to the letter: `qkv_proj` in four blocks of query, value
and key, interleaved rotary embedding on the first dimensions of each head, one
LayerNorm for attention and MLP in parallel, and an untied output with a bias.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MODEL_PARALLEL = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's dimensions.

    Attributes:
        vocab_size: Rows of the embedding, padding rows included.
        n_embd: Width.
        n_layer: Number of blocks.
        n_head: Attention heads in each block.
        rotary_dim: Rotated dimensions of each head.
        n_ctx: Longest conversation in tokens.
    """

    vocab_size: int
    n_embd: int = 256
    n_layer: int = 4
    n_head: int = 8
    rotary_dim: int = 16
    n_ctx: int = 1024

    @property
    def head_dim(self) -> int:
        """Dimensions of one head."""
        return self.n_embd // self.n_head


@dataclass(slots=True)
class Layout:
    """How the flat row of tokens falls into a shared prefix and a batch.

    Attributes:
        prefix: Number of tokens in front that all dialogues share.
        batch: Number of dialogues.
        length: Tokens of each dialogue, padding included.
        mask: Additive mask [length, prefix + length].
        rotary: Cosine and sine of each token, [tokens, 1, rotary_dim / 2].
    """

    prefix: int
    batch: int
    length: int
    mask: Tensor
    rotary: tuple[Tensor, Tensor]


def rotary_table(shape: Shape, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Returns cosine and sine, [positions, 1, rotary_dim / 2]."""
    steps = torch.arange(0, shape.rotary_dim, 2) / shape.rotary_dim
    angles = positions[:, None, None].float() * 10000.0**-steps
    return angles.cos(), angles.sin()


def rotate(x: Tensor, rotary: tuple[Tensor, Tensor], dims: int) -> Tensor:
    """Rotates neighbouring pairs of the first dimensions of x [tokens, heads, dim]."""
    cos, sin = (table.to(x.dtype) for table in rotary)
    even, odd = x[..., :dims:2], x[..., 1:dims:2]
    pairs = torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1)
    return torch.cat((pairs.flatten(-2), x[..., dims:]), dim=-1)


class Attention(nn.Module):
    """Causal self-attention."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.qkv_proj = nn.Linear(shape.n_embd, 3 * shape.n_embd, bias=False)
        self.out_proj = nn.Linear(shape.n_embd, shape.n_embd, bias=False)

    def project(
        self, x: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns query, key and value, each [tokens, heads, head_dim]."""
        shape = self.shape
        blocks = self.qkv_proj(x).view(x.shape[0], MODEL_PARALLEL, 3, -1)
        query, value, key = (
            part.reshape(x.shape[0], shape.n_head, shape.head_dim)
            for part in blocks.unbind(2)
        )
        dims = shape.rotary_dim
        return rotate(query, rotary, dims), rotate(key, rotary, dims), value

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        """Returns the attention's output for flat tokens [tokens, n_embd]."""
        shape, cut = self.shape, layout.prefix
        query, key, value = self.project(x, layout.rotary)

        def shared(part: Tensor) -> Tensor:
            return part[:cut].transpose(0, 1)[None]

        def own(part: Tensor) -> Tensor:
            size = layout.batch, layout.length, shape.n_head, shape.head_dim
            return part[cut:].view(size).transpose(1, 2)

        def joined(part: Tensor) -> Tensor:
            front = shared(part).expand(layout.batch, -1, -1, -1)
            return torch.cat((front, own(part)), dim=2)

        # Written out: on a processor the fused kernel's backward is twice as slow.
        scores = (own(query) * shape.head_dim**-0.5) @ joined(key).transpose(2, 3)
        rest = (scores + layout.mask).softmax(dim=-1).to(value.dtype) @ joined(value)
        rest = rest.transpose(1, 2).reshape(-1, shape.n_embd)
        if cut:
            first = functional.scaled_dot_product_attention(
                shared(query), shared(key), shared(value), is_causal=True
            )
            first = first[0].transpose(0, 1).reshape(cut, shape.n_embd)
            rest = torch.cat((first, rest))
        return self.out_proj(rest)


class Mlp(nn.Module):
    """The feed-forward half of a block."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.fc_in = nn.Linear(shape.n_embd, 4 * shape.n_embd)
        self.fc_out = nn.Linear(4 * shape.n_embd, shape.n_embd)

    def forward(self, x: Tensor) -> Tensor:
        """Returns the output for [tokens, n_embd]."""
        return self.fc_out(functional.gelu(self.fc_in(x), approximate="tanh"))


class Block(nn.Module):
    """x + attention(norm(x)) + mlp(norm(x))."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(shape.n_embd, eps=1e-5)
        self.attn = Attention(shape)
        self.mlp = Mlp(shape)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        """Returns the residual stream behind this block."""
        normed = self.ln_1(x)
        return x + self.drop(self.attn(normed, layout) + self.mlp(normed))


class DemoModel(nn.Module):
    """The whole network with the checkpoint's names.

    Attributes:
        shape: Its dimensions.
        transformer: Embedding, blocks and last norm.
        lm_head: Output matrix.
    """

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        """Initialises with small normal weights."""
        super().__init__()
        self.shape = shape
        self.drop = nn.Dropout(dropout)
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(shape.vocab_size, shape.n_embd),
                "h": nn.ModuleList(Block(shape, dropout) for _ in range(shape.n_layer)),
                "ln_f": nn.LayerNorm(shape.n_embd, eps=1e-5),
            }
        )
        self.lm_head = nn.Linear(shape.n_embd, shape.vocab_size)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                deep = name.endswith(("out_proj.weight", "fc_out.weight"))
                scale = (2 * shape.n_layer) ** -0.5 if deep else 1.0
                nn.init.normal_(weight, std=0.02 * scale)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, prefix: Tensor, dialogues: Tensor) -> Tensor:
        """Returns the last hidden states of the dialogues.

        Args:
            prefix: Ids of the shared prefix, [prefix].
            dialogues: Ids, [batch, length], padded at the end.

        Returns:
            Hidden states, [batch * length, n_embd].
        """
        batch, length = dialogues.shape
        cut = len(prefix)
        spots = torch.arange(cut, cut + length).repeat(batch)
        mask = torch.full((length, cut + length), float("-inf")).triu(cut + 1)
        x = self.drop(self.transformer["wte"](torch.cat((prefix, dialogues.flatten()))))
        if torch.is_autocast_enabled("cpu"):
            mask = mask.to(torch.get_autocast_dtype("cpu"))
        layout = Layout(
            prefix=cut,
            batch=batch,
            length=length,
            mask=mask,
            rotary=rotary_table(self.shape, torch.cat((torch.arange(cut), spots))),
        )
        for block in self.transformer["h"]:
            x = block(x, layout)
        return self.transformer["ln_f"](x[cut:])
