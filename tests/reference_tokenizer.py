"""The original tokenizer, written down plainly, to compare llama.cpp with.

It is transformers' slow GPT-2 tokenizer as MOSS used it: added tokens are split off
first, at each place the longest; what lies between goes through GPT-2's regular
expression, byte characters and merges. One thing differs on purpose: the original
stripped whitespace beside added tokens and so lost newlines in code; here it survives.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import regex

_WORDS = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


class ReferenceTokenizer:
    """The tokenizer of a checkpoint's folder."""

    def __init__(self, folder: Path) -> None:
        self._ids = json.loads((folder / "vocab.json").read_text("utf-8"))
        self._added = json.loads((folder / "added_tokens.json").read_text("utf-8"))
        special = json.loads((folder / "special_tokens_map.json").read_text("utf-8"))
        lines = (folder / "merges.txt").read_text("utf-8").split("\n")[1:-1]
        self._ranks = {tuple(line.split()): n for n, line in enumerate(lines)}
        names = {value for value in special.values() if isinstance(value, str)}
        markers = names | {token for token in self._added if token.strip()}
        self._special = {name: self._id(name) for name in markers}
        self._plain = {t: n for t, n in self._added.items() if t not in self._special}
        self._bytes = _byte_characters()

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Ids of a text; with `special`, markers in it are single tokens."""
        table = self._plain | (self._special if special else {})
        return list(self._split(text, table))

    def _id(self, token: str) -> int:
        return self._added[token] if token in self._added else self._ids[token]

    def _split(self, text: str, table: dict[str, int]) -> Iterator[int]:
        start = position = 0
        longest_first = sorted(table, key=len, reverse=True)
        while position < len(text):
            found = next((t for t in longest_first if text.startswith(t, position)), "")
            if not found:
                position += 1
                continue
            yield from self._words(text[start:position])
            yield table[found]
            start = position = position + len(found)
        yield from self._words(text[start:])

    def _words(self, text: str) -> Iterator[int]:
        for word in _WORDS.findall(text):
            for token in self._merged([self._bytes[b] for b in word.encode()]):
                yield self._ids[token]

    def _merged(self, parts: list[str]) -> list[str]:
        while len(parts) > 1:
            best = min(pairwise(parts), key=lambda pair: self._ranks.get(pair, 1 << 60))
            if best not in self._ranks:
                break
            parts = _joined(parts, best)
        return parts


def _joined(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """Joins each occurrence of a pair, from the left: "aaa" becomes "aa", "a"."""
    joined, position = [], 0
    while position < len(parts):
        if tuple(parts[position : position + 2]) == pair:
            joined.append("".join(pair))
            position += 2
        else:
            joined.append(parts[position])
            position += 1
    return joined


def _byte_characters() -> list[str]:
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(hidden)) for b in range(256)]
