"""Files of keys and values: written whole or not at all, read only as written.

The native code that takes such bytes trusts them, so a file is believed only when all
of it is what was written for just these tokens, this model and this engine; what was
found so once is believed until somebody writes to the file. Deleting any of them at any
time costs an evaluation and nothing else.

A file is ``MAGIC, header length, header checksum, header, data``: integers of 32 bits,
little-endian; the header is JSON and holds length and checksum (CRC-32) of the data.
Its name is ``ENGINE-MODEL-CHAT-BLOCK.kv``, each part a digest, so that what belongs to
another engine or to one chat is found without opening anything.
"""

import hashlib
import os
import shutil
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

import msgspec

MAGIC: Final = b"MOSSKV1\n"
_SUFFIX: Final = ".kv"
_UNFINISHED: Final = ".new"
_UNFINISHED_SECONDS: Final = 3600
_MOST_FILES: Final = 2000
_SPARE_BYTES: Final = 1 << 30
"""Room that is left on the disk for everything else."""
_SLICE: Final = 4 << 20
_KEPT_BYTES: Final = 4 << 20
_LENGTHS: Final = struct.Struct("<II")
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of tokens whose keys and values are, or shall be, in a file.

    Attributes:
        parent: Name of the block before it; empty for the first.
        chat: `chat_tag` of its chat; empty for what all chats begin with.
        exact: Whether a fresh evaluation gives the same. What is not exact is of use
            for its own chat only.
        start: Place of its first token.
        tokens: Its tokens.
    """

    parent: str
    chat: str
    exact: bool
    start: int
    tokens: tuple[int, ...]

    @property
    def end(self) -> int:
        """The place behind its last token."""
        return self.start + len(self.tokens)

    @property
    def name(self) -> str:
        """A digest of what it stands for."""
        chat = "" if self.exact else self.chat
        return _digest(self.parent, chat, self.start, self.tokens)


_Version = tuple[int, int, int]
"""Changes when somebody writes to a file, or puts another in its place."""


class _Header(msgspec.Struct, frozen=True):
    block: Block
    size: int
    checksum: int


class StateFolder:
    """A folder of states that models, chats and running programs share.

    A disk that is full or cannot be written to is no error: nothing is saved then.
    """

    def __init__(self, folder: Path, *, engine: str, model: str, budget: int) -> None:
        """Deletes what no engine will read again; the folder need not be there.

        Args:
            folder: The folder.
            engine: Name and version of what computes the states.
            model: Everything that tells the model and its settings apart.
            budget: Bytes that all files together may take.
        """
        self._folder = folder
        self._budget = budget
        self._engine = _digest(engine, MAGIC)
        self._prefix = f"{self._engine}-{_digest(model)}-"
        self._whole: dict[Path, _Version] = {}
        self._buffer = bytearray()
        for path in _files(folder, _SUFFIX):
            if not path.name.startswith(f"{self._engine}-"):
                _delete(path)
        for path in _files(folder, _UNFINISHED):
            if time.time() - _modified(path) / 1e9 > _UNFINISHED_SECONDS:
                _delete(path)

    def blocks(self) -> Iterator[Block]:
        """The blocks of this model; files that are damaged are deleted."""
        for path in _files(self._folder, _SUFFIX):
            if path.name.startswith(self._prefix):
                block = self._block_in(path)
                if block is None:
                    _delete(path)
                else:
                    yield block

    def read(self, block: Block) -> memoryview | None:
        """A block's data; None, and the file is gone, when it is not as written.

        They are there until the next read.
        """
        path = self._path(block)
        try:
            with path.open("rb") as file:
                version = _version(os.fstat(file.fileno()))
                header = _read_header(file)
                data = self._room(header.size)
                length = file.readinto(data)
            # The checksum takes as long as all the rest.
            is_whole = (
                self._whole.get(path) == version or zlib.crc32(data) == header.checksum
            )
            if is_whole and header.block == block and length == header.size:
                self._whole[path] = version
                return data
        except (OSError, ValueError):
            pass
        self._whole.pop(path, None)
        _delete(path)
        return None

    def write(self, block: Block, data: bytes | bytearray) -> Iterator[bool]:
        """Saves a block, a slice at a time; what is given up on leaves nothing.

        Yields:
            Whether the file is there; True comes last, if at all.
        """
        header = msgspec.json.encode(_Header(block, len(data), zlib.crc32(data)))
        start = MAGIC + _LENGTHS.pack(len(header), zlib.crc32(header)) + header
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._make_room(len(start) + len(data)):
                return
            with _replacing(self._path(block)) as file:
                file.write(start)
                for place in range(0, len(data), _SLICE):
                    yield False
                    file.write(memoryview(data)[place : place + _SLICE])
        except OSError:
            return
        yield True

    def touch(self, blocks: Sequence[Block]) -> None:
        """Notes that blocks were used, each later than the one that follows it.

        So the last ones are deleted first, and never one that others build on.
        """
        now = time.time_ns()
        for later, block in enumerate(reversed(blocks)):
            with suppress(OSError):
                self._touch(self._path(block), now + later)

    def _room(self, size: int) -> memoryview:
        """Room for data, the same as long as they are short.

        To get pages from the system takes several times as long as to read into them.
        """
        if size > _KEPT_BYTES:
            return memoryview(bytearray(size))
        if size > len(self._buffer):
            self._buffer = bytearray(size)
        return memoryview(self._buffer)[:size]

    def _touch(self, path: Path, now: int) -> None:
        """Sets a file's time, which is nothing that makes it another one."""
        is_known = self._whole.get(path) == _version(path.stat())
        os.utime(path, ns=(now, now))
        if is_known:
            self._whole[path] = _version(path.stat())

    def delete(self, block: Block) -> None:
        """Deletes a block that turned out to be of no use."""
        _delete(self._path(block))

    def forget(self, chat: str) -> None:
        """Deletes the files of a chat, of whatever model.

        Args:
            chat: `chat_tag` of the chat.
        """
        for path in _files(self._folder, _SUFFIX):
            if f"-{chat}-" in path.name:
                _delete(path)

    def _block_in(self, path: Path) -> Block | None:
        """The block that a file says it is; None when it cannot be that."""
        try:
            with path.open("rb") as file:
                block = _read_header(file).block
        except (OSError, ValueError):
            return None
        return block if path == self._path(block) else None

    def _path(self, block: Block) -> Path:
        chat = block.chat or "0" * _DIGITS
        return self._folder / f"{self._prefix}{chat}-{block.name}{_SUFFIX}"

    def _make_room(self, size: int) -> bool:
        """Deletes the files that were not used for longest until `size` more fit."""
        if size > self._budget:
            return False
        sizes = {path: _size(path) for path in _files(self._folder, _SUFFIX)}
        total = sum(sizes.values())
        for path in sorted(sizes, key=_modified):
            if total + size <= self._budget and len(sizes) < _MOST_FILES:
                break
            _delete(path)
            total -= sizes.pop(path)
        return shutil.disk_usage(self._folder).free > size + _SPARE_BYTES


def chat_tag(chat: str) -> str:
    """What stands for a chat in names of files; empty for no chat."""
    return _digest(chat) if chat else ""


def forget(folder: Path, chat: str) -> None:
    """Deletes the files of a chat while no engine does it.

    Args:
        folder: The folder of states.
        chat: The chat's id.
    """
    for path in _files(folder, _SUFFIX):
        if f"-{chat_tag(chat)}-" in path.name:
            _delete(path)


def _read_header(file: IO[bytes]) -> _Header:
    """Reads what comes before the data.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not one of ours, or not all there.
    """
    total = os.fstat(file.fileno()).st_size
    start = file.read(len(MAGIC) + _LENGTHS.size)
    if len(start) < len(MAGIC) + _LENGTHS.size or not start.startswith(MAGIC):
        raise ValueError(start)
    length, checksum = _LENGTHS.unpack_from(start, len(MAGIC))
    if length > total:
        raise ValueError(length)
    data = file.read(length)
    if zlib.crc32(data) != checksum:
        raise ValueError(checksum)
    # A `ValidationError` is a `ValueError`.
    header = msgspec.json.decode(data, type=_Header)
    if total != len(start) + length + header.size:
        raise ValueError(total)
    return header


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when the block ends, and is gone if it does not."""
    file = NamedTemporaryFile(  # noqa: SIM115  (closed before it is renamed)
        dir=path.parent, suffix=_UNFINISHED, delete=False
    )
    try:
        yield file
        file.close()
        Path(file.name).replace(path)
    except BaseException:
        file.close()
        _delete(Path(file.name))
        raise


def _files(folder: Path, suffix: str) -> list[Path]:
    with suppress(OSError):
        return [path for path in folder.iterdir() if path.suffix == suffix]
    return []


def _version(facts: os.stat_result) -> _Version:
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _modified(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:_DIGITS]
