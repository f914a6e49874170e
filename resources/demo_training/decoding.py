"""Greedy decoding in PyTorch with a key/value cache, many questions at a time."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from resources.demo_training.model import DemoModel, rotary_table
from resources.demo_training.tokenizer import DemoTokenizer


class Decoder:
    """Greedy decoding of several questions behind one prefix."""

    def __init__(self, model: DemoModel, tokenizer: DemoTokenizer) -> None:
        """Keeps model and tokenizer."""
        self._model = model
        self._tokenizer = tokenizer
        self._seen = torch.zeros(1, 0, dtype=torch.bool)

    def step(
        self, ids: Tensor, at: Tensor, cache: list[tuple[Tensor, Tensor]]
    ) -> Tensor:
        """Feeds tokens and returns the logits behind the last of each row.

        Args:
            ids: New tokens, [batch, new].
            at: Position of each, [batch, new]; -1 for padding in front.
            cache: Keys and values of each layer, [batch, heads, past, dim]; grown
                here.
        """
        shape = self._model.shape
        batch, new = ids.shape
        self._seen = torch.cat((self._seen, at >= 0), dim=1)
        past = self._seen.shape[1] - new
        causal = torch.ones(new, past + new, dtype=torch.bool).tril(past)
        allowed = causal & self._seen[:, None, :]
        allowed |= torch.eye(new, past + new, dtype=torch.bool).roll(past, 1)
        rotary = rotary_table(shape, at.clamp(min=0).flatten())
        x = self._model.transformer["wte"](ids.flatten())
        for layer, block in enumerate(self._model.transformer["h"]):
            normed = block.ln_1(x)
            query, key, value = (
                part.view(batch, new, shape.n_head, shape.head_dim).transpose(1, 2)
                for part in block.attn.project(normed, rotary)
            )
            if layer < len(cache):
                key = torch.cat((cache[layer][0], key), dim=2)
                value = torch.cat((cache[layer][1], value), dim=2)
                cache[layer] = key, value
            else:
                cache.append((key, value))
            mixed = functional.scaled_dot_product_attention(
                query, key, value, attn_mask=allowed[:, None]
            )
            mixed = mixed.transpose(1, 2).reshape(batch * new, shape.n_embd)
            x = x + block.attn.out_proj(mixed) + block.mlp(normed)
        last = x.view(batch, new, -1)[:, -1]
        return self._model.lm_head(self._model.transformer["ln_f"](last))

    @torch.inference_mode()
    def complete(
        self, shared: str, texts: Sequence[str], stop: str, *, limit: int = 100
    ) -> list[str]:
        """Returns what follows each text, up to and with a stop marker.

        Args:
            shared: The prefix in front of every text, computed once.
            texts: What differs.
            stop: The marker that ends a row; `<eom>` always does.
            limit: Most tokens to write.
        """
        front = self._tokenizer.encode(shared)
        rows = self._tokenizer.encode_many(list(texts))
        length = max(map(len, rows))
        ids = torch.zeros(len(rows), length, dtype=torch.long)
        at = torch.full((len(rows), length), -1)
        for row, tokens in enumerate(rows):
            ids[row, length - len(tokens) :] = torch.tensor(tokens)
            at[row, length - len(tokens) :] = torch.arange(len(tokens)) + len(front)
        cache: list[tuple[Tensor, Tensor]] = []
        self._seen = torch.zeros(1, 0, dtype=torch.bool)
        self.step(torch.tensor([front]), torch.arange(len(front))[None], cache)
        self._seen = self._seen.expand(len(rows), -1)
        for layer, (key, value) in enumerate(cache):
            size = len(rows), -1, -1, -1
            cache[layer] = key.expand(size), value.expand(size)
        ends = {self._tokenizer.markers[stop], self._tokenizer.markers["<eom>"]}
        written: list[list[int]] = [[] for _ in rows]
        going = set(range(len(rows)))
        for _ in range(limit):
            logits = self.step(ids, at, cache)[:, : self._tokenizer.size]
            ids = logits.argmax(-1, keepdim=True)
            at = at[:, -1:] + 1
            for row in tuple(going):
                written[row].append(int(ids[row]))
                if written[row][-1] in ends:
                    going.discard(row)
            if not going:
                break
        return [self._tokenizer.decode(tokens) for tokens in written]
