"""Weight files that are no sound archive of PyTorch's.

Each differs in one thing from a sound archive, which is converted when it is left as it
is. A member is described twice in a zip archive: in front of its bytes, and in the list
of members at the end, which is what counts and what is spoiled here.
"""

import bz2
import gzip
import lzma
import stat
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.checkpoints import TINY, masks, random_tensors, state_pickle, stored
from tests.hostile.nonsense import state

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_FULL = 0xFFFFFFFF  # "see the 64-bit field"


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member, and what the list says of it; None for the truth."""

    name: bytes
    data: bytes
    local_name: bytes | None = None
    offset: int | None = None
    size: int | None = None
    packed: int | None = None
    checksum: int | None = None
    method: int = 0
    flags: int = 0
    mode: int = 0
    extra: bytes = b""

    def local(self) -> bytes:
        """What stands in front of the bytes, and the bytes."""
        name = self.name if self.local_name is None else self.local_name
        size = len(self.data)
        head = (b"PK\x03\x04", 20, 0, 0, 0, 0, zlib.crc32(self.data), size, size)
        return _LOCAL.pack(*head, len(name), 0) + name + self.data

    def entry(self, offset: int) -> bytes:
        """What the list says."""
        checksum = zlib.crc32(self.data) if self.checksum is None else self.checksum
        size = len(self.data) if self.size is None else self.size
        packed = size if self.packed is None else self.packed
        offset = offset if self.offset is None else self.offset
        head = (b"PK\x01\x02", 20, 20, self.flags, self.method, 0, 0, checksum)
        lengths = (packed, size, len(self.name), len(self.extra), 0, 0, 0)
        place = (self.mode << 16, offset)
        return _ENTRY.pack(*head, *lengths, *place) + self.name + self.extra


def pack(
    members: Sequence[Member],
    *,
    before: bytes = b"",
    listed: Sequence[Member] | None = None,
    disk: int = 0,
    count: int | None = None,
    size: int | None = None,
    offset: int | None = None,
    comment: bytes = b"",
) -> bytes:
    """Writes an archive.

    Args:
        members: What is in it.
        before: What stands in front of it.
        listed: Members that are in the list only.
        disk: What the end says of disks.
        count: What it says of the number of members.
        size: What it says of the list's length.
        offset: What it says of where the list begins.
        comment: Its comment.
    """
    parts, entries, place = [before], [], len(before)
    for member in members:
        entries.append(member.entry(place))
        parts.append(member.local())
        place += len(parts[-1])
    entries += [member.entry(0) for member in listed or ()]
    directory = b"".join(entries)
    count = min(len(entries), 0xFFFF) if count is None else count
    size = len(directory) if size is None else size
    offset = place if offset is None else offset
    end = (b"PK\x05\x06", disk, disk, count, count, size, offset, len(comment))
    return b"".join([*parts, directory, _END.pack(*end), comment])


def _sound() -> list[Member]:
    arrays = {
        name: stored(values, "float16")
        for name, values in (random_tensors(TINY) | masks(TINY)).items()
    }
    data = {f"data/{n}": array.tobytes() for n, array in enumerate(arrays.values())}
    records = {"data.pkl": state_pickle(arrays), **data, "version": b"3\n"}
    return [
        Member(name=b"model/" + name.encode(), data=data)
        for name, data in records.items()
    ]


SOUND = _sound()
_PICKLE, _STORAGE = 0, 1  # places in that list


def _with(place: int, **changes) -> Callable[[], bytes]:
    """The archive with one member changed."""

    def build() -> bytes:
        members = list(SOUND)
        members[place] = replace(members[place], **changes)
        return pack(members)

    return build


def _plus(name: bytes, data: bytes = b"x", **changes) -> Callable[[], bytes]:
    """The archive with one member more."""
    return lambda: pack([*SOUND, Member(name=name, data=data, **changes)])


def _without(place: int) -> Callable[[], bytes]:
    return lambda: pack([m for n, m in enumerate(SOUND) if n != place])


def _packed(
    place: int, method: int, squeeze: Callable[[bytes], bytes]
) -> Callable[[], bytes]:
    data = SOUND[place].data
    return _with(
        place,
        data=squeeze(data),
        method=method,
        size=len(data),
        packed=len(squeeze(data)),
        checksum=zlib.crc32(data),
    )


def _deflated(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def _bomb() -> bytes:
    """200 MB of zeros in 200 kB."""
    size = 200 << 20
    return _with(
        _PICKLE, data=_deflated(bytes(size)), method=8, size=size, checksum=0
    )()


def _quoted_overlap() -> bytes:
    """The first storage reaches over the head of the second, as in David Fifield's."""
    first, second = SOUND[_STORAGE], SOUND[_STORAGE + 1]
    size = len(first.data) + len(second.local()) // 2
    return _with(_STORAGE, size=size)()


def _one_for_all() -> bytes:
    """Two thousand members that all have the bytes of one."""
    offset = len(SOUND[_PICKLE].local())
    kernel = replace(SOUND[_STORAGE], offset=offset)
    listed = [replace(kernel, name=b"model/x%d" % n) for n in range(2000)]
    return pack(SOUND, listed=listed)


def _evil() -> list[Member]:
    return [Member(name=b"model/data.pkl", data=b"cos\nsystem\nX\x01\0\0\0x\x85R.")]


def _long_list() -> bytes:
    """A list of 20 MB, of 300 members."""
    padding = struct.pack("<HH", 0x4246, 65_000) + bytes(65_000)
    extra = [Member(name=b"model/x%d" % n, data=b"", extra=padding) for n in range(310)]
    return pack([*SOUND, *extra])


def _end_64(*, size: int, offset: int) -> Callable[[], bytes]:
    """An end of 64 bits that lies about the list of members."""

    def build() -> bytes:
        body = pack(SOUND)[: -_END.size]
        count = len(SOUND)
        head = (b"PK\x06\x06", _END_64.size - 12, 45, 45, 0, 0, count, count)
        locator = _LOCATOR_64.pack(b"PK\x06\x07", 0, len(body), 1)
        end = _END.pack(b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, _FULL, _FULL, 0)
        return body + _END_64.pack(*head, size, offset) + locator + end

    return build


def _extra_64(*numbers: int) -> bytes:
    return struct.pack("<HH", 1, 8 * len(numbers)) + struct.pack(
        f"<{len(numbers)}Q", *numbers
    )


def _rewritten(old: bytes, new: bytes, *, skip: int = 0) -> Callable[[], bytes]:
    """The archive with some bytes changed behind the first `skip`."""

    def build() -> bytes:
        data = pack(SOUND)
        place = data.index(old, skip)
        return data[:place] + new + data[place + len(old) :]

    return build


def _cut(part: int) -> Callable[[], bytes]:
    return lambda: (data := pack(SOUND))[: len(data) * part // 25]


# What is spoiled, and a part of what is said of it.
ARCHIVES: Mapping[str, tuple[Callable[[], bytes], str]] = {
    **{f"cut off after {part} of 25 parts": (_cut(part), "zip") for part in range(25)},
    "cut off by one byte": (lambda: pack(SOUND)[:-1], "zip"),
    "first byte missing": (lambda: pack(SOUND)[1:], "archive"),
    # compressed and encrypted
    "bomb of 200 MB": (_bomb, "compressed"),
    "deflated pickle": (_packed(_PICKLE, 8, _deflated), "compressed"),
    "deflated storage": (_packed(_STORAGE, 8, _deflated), "compressed"),
    "bzip2": (_packed(_STORAGE, 12, bz2.compress), "compressed"),
    "lzma": (_packed(_STORAGE, 14, lzma.compress), "compressed"),
    "unknown compression": (_with(_PICKLE, method=99), "compressed"),
    "encrypted pickle": (_with(_PICKLE, flags=1), "encrypted"),
    "encrypted storage": (_with(_STORAGE, flags=1), "encrypted"),
    "strongly encrypted": (_with(_PICKLE, flags=0x41), "encrypted"),
    "stored, but with another size": (_with(_STORAGE, packed=1 << 30), "compressed"),
    "pickle that claims 1 GB": (_with(_PICKLE, size=1 << 30), "archive"),
    "pickle that claims nothing": (_with(_PICKLE, size=0), "checksum"),
    # what lies where
    "wrong checksum": (_with(_PICKLE, checksum=1), "checksum"),
    "two members in one place": (
        _with(_STORAGE + 1, offset=len(SOUND[_PICKLE].local())),
        "overlap",
    ),
    "quoted overlap": (_quoted_overlap, "overlap"),
    "two thousand members in one place": (_one_for_all, "overlap"),
    "storage that reaches into the list": (
        _with(len(SOUND) - 1, size=100),
        "overlap",
    ),
    "storage past the end": (_with(_STORAGE, size=1 << 28), "archive"),
    "place past the end": (_with(_STORAGE, offset=1 << 28), "archive"),
    "place far past the end": (_with(_STORAGE, offset=_FULL - 1), "archive"),
    "place of 64 bits": (
        _with(_STORAGE, offset=_FULL, extra=_extra_64((1 << 64) - 1)),
        "archive",
    ),
    "place before the beginning": (
        _with(_STORAGE, offset=_FULL, extra=_extra_64((1 << 63) + 1)),
        "archive",
    ),
    "size of 64 bits": (
        _with(_STORAGE, size=_FULL, extra=_extra_64(1 << 62, 1 << 62)),
        "archive",
    ),
    "pickle of 64 bits": (
        _with(_PICKLE, size=_FULL, extra=_extra_64(1 << 62, 1 << 62)),
        "archive",
    ),
    "extra field cut off": (_with(_PICKLE, extra=b"\1\0\xff\xff"), "zip"),
    "64-bit field without numbers": (
        _with(_PICKLE, size=_FULL, extra=_extra_64()),
        "zip",
    ),
    "local header of another kind": (_rewritten(b"PK\3\4", b"PK\3\5", skip=4), "cut"),
    "local name without end": (
        _rewritten(b"\x0c\0\0\0model/data/0", b"\xff\xff\xff\xffmodel/data/0"),
        "cut off",
    ),
    # the list
    "70,000 members": (
        lambda: pack(
            [*SOUND, *(Member(name=b"model/x%d" % n, data=b"") for n in range(70_000))]
        ),
        "members",
    ),
    "list of 20 MB": (_long_list, "zip"),
    "list of 4 GB": (lambda: pack(SOUND, size=_FULL - 1), "zip"),
    "list of 64 bits": (_end_64(size=1 << 62, offset=0), "zip"),
    "list at 64 bits": (_end_64(size=10, offset=1 << 62), "zip"),
    "list before the beginning": (lambda: pack(SOUND, offset=_FULL - 1), "overlaps"),
    "list of one member more": (lambda: pack(SOUND, count=len(SOUND) + 1), "end"),
    "list of no members": (lambda: pack(SOUND, count=0), "end"),
    "list of no length": (lambda: pack(SOUND, size=0, count=0), "archive"),
    "second disk": (lambda: pack(SOUND, disk=1), "end"),
    "entry of another kind": (_rewritten(b"PK\1\2", b"PK\1\3"), "zip"),
    "two archives, the sound one first": (
        lambda: pack(SOUND) + pack(_evil()),
        "precedes",
    ),
    "two archives, the sound one last": (
        lambda: pack(_evil()) + pack(SOUND),
        "precedes",
    ),
    "two lists, the sound one in the comment": (
        lambda: pack(_evil(), comment=pack(SOUND)[-1000:]),
        "archive",
    ),
    "two lists, the sound one first": (
        lambda: pack(SOUND, comment=pack(_evil())),
        "precedes",
    ),
    "a comment": (lambda: pack(SOUND, comment=b"hello"), "end"),
    "something behind the end": (lambda: pack(SOUND) + bytes(100), "end"),
    "a script in front": (lambda: pack(SOUND, before=b"#!/bin/sh\n"), "precedes"),
    "a script in front that is not counted": (
        lambda: b"#!/bin/sh\n" + pack(SOUND),
        "precedes",
    ),
    # names
    "path out of the folder": (_plus(b"../evil"), "not in its folder"),
    "path out of the folder from within": (_plus(b"model/../../evil"), "not in its"),
    "path from the root": (_plus(b"/etc/evil"), "not in its folder"),
    "path of Windows": (_plus(b"model/..\\..\\evil"), "not in its folder"),
    "name with NUL": (_plus(b"model/evil\0.txt"), "no sound name"),
    "pickle with NUL": (_with(_PICKLE, name=b"model/data.pkl\0x"), "no sound name"),
    "name in no encoding": (_plus(b"model/\xff\xfe", flags=0x800), "zip"),
    "name in another encoding": (_plus(b"\xc4\xe3\xba\xc3"), "not in its folder"),
    "name that a terminal obeys": (_plus(b"\x1b]0;evil\x07\n"), "not in its folder"),
    "no name": (_plus(b""), "not in its folder"),
    "a link as pickle": (
        _with(_PICKLE, data=b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        "link",
    ),
    "a link as storage": (_with(_STORAGE, mode=stat.S_IFLNK | 0o777), "link"),
    "pickle twice": (_plus(SOUND[_PICKLE].name, SOUND[_PICKLE].data), "twice"),
    "storage twice": (_plus(SOUND[_STORAGE].name, SOUND[_STORAGE].data), "twice"),
    "two pickles": (_plus(b"other/data.pkl", SOUND[_PICKLE].data), "one data.pkl"),
    "no pickle": (_without(_PICKLE), "one data.pkl"),
    "pickle without a folder": (_with(_PICKLE, name=b"data.pkl"), "one data.pkl"),
    "pickle in the root": (_with(_PICKLE, name=b"/data.pkl"), "not in its folder"),
    "pickle above": (_with(_PICKLE, name=b"../data.pkl"), "not in its folder"),
    "storage missing": (_without(_STORAGE), "lacks"),
    "storage too short": (_with(_STORAGE, data=b"\0\0"), "bytes instead of"),
    "storage too long": (_with(_STORAGE, data=bytes(1 << 20)), "bytes instead of"),
    "storage named after a path": (
        _with(_PICKLE, data=state(key="../../../../../../etc/passwd", elements=4)),
        "lacks",
    ),
    "big-endian": (_plus(b"model/byteorder", b"big"), "big-endian"),
    "byte order of 1 MB": (_plus(b"model/byteorder", bytes(1 << 20)), "big-endian"),
    # other files
    "nothing": (lambda: b"", "zip"),
    "one byte": (lambda: b"P", "zip"),
    "an empty archive": (lambda: pack([]), "one data.pkl"),
    "a page of the web": (lambda: b"<!DOCTYPE html><html>Log in</html>", "zip"),
    "a pointer of Git LFS": (
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "zip",
    ),
    "gzip": (lambda: gzip.compress(pack(SOUND)), "zip"),
    "zeros": (lambda: bytes(1 << 20), "zip"),
    "ends of archives without number": (lambda: b"PK\5\6" * 100_000, "zip"),
    "a pickle alone": (lambda: b"cos\nsystem\nX\x01\0\0\0x\x85R.", "zip"),
    "PyTorch's old form": (
        lambda: b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.cos\nsystem\n.",
        "before version",
    ),
}
