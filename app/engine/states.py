"""Which states are on disk: a tree of blocks, each continuing the one before.

Chats share the blocks that they have in common, above all the constant prefix, and a
chat that grew adds only what is new. What bytes a block has is `state_files`' business,
what they mean that of the backend.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.engine.reuse import Piece, extend
from app.engine.state_files import Block, StateFolder

_BLOCK_BYTES: Final = 16 << 20
"""About so large is a block: what a file more costs is little beside it."""
_LEAST_BLOCK: Final = 64
"""Tokens; 53 MB of MOSS's keys and values."""
_MOST_BLOCK: Final = 512
_LEAST_TOKENS: Final = 16
"""A shorter end of a chat is sooner evaluated than saved and read."""
_ROOT: Final = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """Blocks, each continuing the one before.

    Attributes:
        blocks: The blocks.
        tokens: All their tokens.
        place: How many of them, and of a prompt's, are the same text.
    """

    blocks: tuple[Block, ...]
    tokens: tuple[int, ...]
    place: tuple[int, int]


class States:
    """The blocks of one model."""

    def __init__(self, folder: StateFolder, *, block_tokens: int) -> None:
        """Looks what is there.

        Args:
            folder: Where the blocks are.
            block_tokens: Most tokens of a new one; those that are there may have more.
        """
        self._folder = folder
        self._block_tokens = block_tokens
        self._children: dict[str, dict[str, Block]] = {}
        for block in folder.blocks():
            self._children.setdefault(block.parent, {})[block.name] = block

    def find(
        self, wanted: Sequence[int], *, piece: Piece, chat: str
    ) -> tuple[list[Block], int]:
        """The longest way through the tree that is the beginning of a prompt.

        Args:
            wanted: The prompt's tokens.
            piece: The bytes of a token.
            chat: `chat_tag` of its chat.

        Returns:
            The blocks, and how many of their tokens are the prompt's beginning.
        """
        best = _Way((), (), (0, 0))
        ways = [best]
        while ways:
            way = ways.pop()
            for block in self._usable(
                way.blocks[-1].name if way.blocks else _ROOT, chat
            ):
                tokens = (*way.tokens, *block.tokens)
                place = extend(tokens, wanted, piece=piece, start=way.place)
                if place[0] <= max(way.place[0], block.start):
                    continue
                # The one that has most need not be the one that leads farthest.
                ways.append(_Way((*way.blocks, block), tokens, place))
                best = max(best, ways[-1], key=lambda one: one.place)
        return list(best.blocks), best.place[0]

    def missing(
        self, tokens: Sequence[int], *, fixed: int, exact: int, chat: str
    ) -> Iterator[Block]:
        """What of a sequence is not saved yet, in order.

        Each block is to be written before the next one is asked for; then all that
        the sequence consists of counts as just used.

        Args:
            tokens: The sequence.
            fixed: Length of the prefix that other chats begin with too.
            exact: Length of what a fresh evaluation would give.
            chat: `chat_tag` of its chat.
        """
        way = self._saved(tokens, chat)
        self._folder.touch(way)
        while (start := way[-1].end if way else 0) < len(tokens):
            edges = (start + self._block_tokens, len(tokens), fixed, exact)
            end = min(edge for edge in edges if edge > start)
            if end - start < _LEAST_TOKENS and end == len(tokens) > fixed:
                return
            block = Block(
                parent=way[-1].name if way else _ROOT,
                chat="" if end <= fixed else chat,
                exact=end <= exact,
                start=start,
                tokens=tuple(tokens[start:end]),
            )
            yield block
            way.append(block)
            self._folder.touch(way)

    def read(self, block: Block) -> memoryview | None:
        """A block's data until the next read; None for a damaged file, or none."""
        data = self._folder.read(block)
        if data is None:
            self._remove(block)
        return data

    def write(
        self, block: Block, data: bytes | bytearray
    ) -> Generator[None, None, bool]:
        """Saves a block, in short steps; what is given up on is not saved.

        Returns:
            Whether there was room for it.
        """
        for done in self._folder.write(block, data):
            if done:
                self._children.setdefault(block.parent, {})[block.name] = block
                return True
            yield
        return False

    def drop(self, block: Block) -> None:
        """Deletes a block that the backend did not take."""
        self._folder.delete(block)
        self._remove(block)

    def forget(self, chat: str) -> None:
        """Deletes the blocks of a chat, of other models too.

        Args:
            chat: `chat_tag` of the chat.
        """
        self._folder.forget(chat)
        for blocks in self._children.values():
            for block in [block for block in blocks.values() if block.chat == chat]:
                del blocks[block.name]

    def _saved(self, tokens: Sequence[int], chat: str) -> list[Block]:
        """The longest way whose blocks are the beginning of a sequence, id by id."""
        way: list[Block] = []
        start, parent = 0, _ROOT
        while True:
            fitting = [
                block
                for block in self._usable(parent, chat)
                if tuple(tokens[start : block.start + len(block.tokens)])
                == block.tokens
            ]
            if not fitting:
                return way
            way.append(max(fitting, key=lambda block: block.end))
            start, parent = way[-1].end, way[-1].name

    def _usable(self, parent: str, chat: str) -> list[Block]:
        blocks = self._children.get(parent, {}).values()
        return [block for block in blocks if block.exact or block.chat == chat]

    def _remove(self, block: Block) -> None:
        self._children.get(block.parent, {}).pop(block.name, None)


def block_tokens(token_bytes: int) -> int:
    """How many tokens a block has at most.

    Args:
        token_bytes: Keys and values of a token.
    """
    return min(max(_BLOCK_BYTES // max(1, token_bytes), _LEAST_BLOCK), _MOST_BLOCK)
