"""Which files a repository on ModelScope has, by its HTTP interface.

`GET /api/v1/models/OWNER/NAME/repo/files?Revision=…&Recursive=True` answers with
`Data`, in which `Files` are tables with `Path`, `Type` (`blob` or `tree`), `Size`,
`Sha256` and `Revision`, the commit that changed the file last.
`…/repo?Revision=…&FilePath=…` is the file.
"""

from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from app.catalogue.downloads.answers import PassingError
from app.catalogue.downloads.values import Digest, Listing, RemoteFile, is_safe
from app.catalogue.downloads.wire import Answer, Wire
from app.domain.errors import ErrorCode, UserError

_MOST_BYTES: Final = 32 * 1024 * 1024
_CHUNK: Final = 65536
_USUAL: Final = "master"
_SHA256_LENGTH: Final = 64
_MOST_SIZE: Final = 2**50


class _File(msgspec.Struct, rename="pascal"):
    path: str = ""
    type: str = "blob"
    size: int = 0
    sha256: str | None = ""
    revision: str | None = ""


class _Data(msgspec.Struct, rename="pascal"):
    files: list[_File] | None = None


class _Answer(msgspec.Struct, rename="pascal"):
    data: _Data | None = None


_DECODER = msgspec.json.Decoder(_Answer)


def listing(
    wire: Wire, endpoint: str, repository: str, *, revision: str = ""
) -> Listing:
    """Asks for a repository's files.

    Args:
        wire: Asks servers.
        endpoint: The server's address.
        repository: `OWNER/NAME`.
        revision: Branch, tag or commit; empty is `master`.

    Raises:
        UserError: There is no sense in trying again.
        PassingError: There is.
    """
    query = urlencode({"Revision": revision or _USUAL, "Recursive": "True"})
    address = f"{_root(endpoint, repository)}/files?{query}"
    with wire.get(address, {"Accept": "application/json"}) as answer:
        try:
            found = _DECODER.decode(_body(answer))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            detail = answer.address.authority
            raise UserError(ErrorCode.DOWNLOAD_ODD, detail) from error
    if found.data is None or found.data.files is None:
        raise UserError(ErrorCode.DOWNLOAD_NOT_FOUND, repository)
    usable = (
        _file(each, revision or _USUAL)
        for each in found.data.files
        if each.type != "tree" and is_safe(each.path) and 0 <= each.size < _MOST_SIZE
    )
    return Listing(repository, revision or _USUAL, tuple(usable))


def url(endpoint: str, repository: str, file: RemoteFile) -> str:
    """Where a file is."""
    query = urlencode({"Revision": file.revision, "FilePath": file.path})
    return f"{_root(endpoint, repository)}?{query}"


def _root(endpoint: str, repository: str) -> str:
    return f"{endpoint.rstrip('/')}/api/v1/models/{quote(repository)}/repo"


def _file(found: _File, revision: str) -> RemoteFile:
    known = len(found.sha256 or "") == _SHA256_LENGTH
    return RemoteFile(
        found.path,
        found.size,
        Digest.SHA256 if known else Digest.NONE,
        (found.sha256 or "").lower() if known else "",
        found.revision or revision,
    )


def _body(answer: Answer) -> bytes:
    body = bytearray()
    while piece := answer.read(_CHUNK):
        body += piece
        if len(body) > _MOST_BYTES:
            raise UserError(ErrorCode.DOWNLOAD_ODD, answer.address.authority)
    if answer.length is not None and len(body) < answer.length:
        raise PassingError(ErrorCode.DOWNLOAD_LOST, answer.address.authority)
    return bytes(body)
