"""Which files a repository on Hugging Face, or on a mirror of it, has.

The only module that knows huggingface-hub, and it asks it for one thing: a repository's
files with their sizes and hashes. No file, cache or token of the library's is touched,
and what it would tell about this computer is replaced by our own name.
"""

import os
import ssl
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from app.catalogue.downloads.address import Address
from app.catalogue.downloads.answers import PassingError, code_of, passes, retry_after
from app.catalogue.downloads.proxy import is_own
from app.catalogue.downloads.values import Digest, Listing, RemoteFile, is_safe
from app.catalogue.downloads.wire import USER_AGENT
from app.domain.errors import ErrorCode, UserError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.hf_api import RepoSibling

_SWITCHES: Final = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
_UNAUTHORIZED: Final = (401, 403)
_MOST_SIZE: Final = 2**50
_SHA256_LENGTH: Final = 64


def listing(
    endpoint: str,
    repository: str,
    *,
    seconds: float,
    revision: str = "",
    token: str = "",
) -> Listing:
    """Asks for a repository's files.

    Args:
        endpoint: The server's address.
        repository: `OWNER/NAME`.
        seconds: Without a byte after which the server is given up.
        revision: Branch, tag or commit; empty is `main`.
        token: A key for gated repositories; empty is nobody's.

    Raises:
        UserError: There is no sense in trying again.
        PassingError: There is.
    """
    address = Address.parse(endpoint)
    where = address.authority
    # The library reads them when it is imported, in this process only.
    os.environ.update(_SWITCHES)
    if is_own(address.host):
        # As everywhere here: no proxy is asked for a server on this computer.
        hosts = (os.environ.get("no_proxy"), os.environ.get("NO_PROXY"), address.host)
        os.environ["no_proxy"] = ",".join(filter(None, hosts))
    import httpx2  # noqa: PLC0415 -- 0.3 s
    from huggingface_hub import HfApi, errors  # noqa: PLC0415

    api = HfApi(
        endpoint=endpoint.rstrip("/"),
        token=token or False,
        headers={"user-agent": USER_AGENT},
    )
    try:
        found = api.model_info(
            repository, revision=revision or None, files_metadata=True, timeout=seconds
        )
        # What the server says is not checked by the library, so it is read in here.
        files = tuple(_files(found.siblings or (), found.sha or revision or "main"))
    except errors.OfflineModeIsEnabled as error:
        raise UserError(ErrorCode.DOWNLOAD_OFFLINE, "HF_HUB_OFFLINE") from error
    except errors.HFValidationError as error:
        raise UserError(ErrorCode.DOWNLOAD_NAME, repository) from error
    except errors.HfHubHTTPError as error:
        raise _failure(error, repository, where=where) from error
    except httpx2.HTTPError as error:
        raise _no_connection(error, where) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(ErrorCode.DOWNLOAD_ODD, where) from error
    licence = getattr(found.card_data, "license", None) if found.card_data else None
    return Listing(
        repository,
        found.sha or "",
        files,
        gated=bool(found.gated),
        licence=licence if isinstance(licence, str) else "",
    )


def url(endpoint: str, repository: str, file: RemoteFile) -> str:
    """Where a file is."""
    revision = quote(file.revision or "main", safe="")
    return f"{endpoint.rstrip('/')}/{repository}/resolve/{revision}/{quote(file.path)}"


def _no_connection(error: Exception, where: str) -> UserError | PassingError:
    """Why there was no answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            detail = f"{where}: {cause.verify_message}"
            return UserError(ErrorCode.DOWNLOAD_UNTRUSTED, detail)
        cause = cause.__cause__ or cause.__context__
    return PassingError(ErrorCode.DOWNLOAD_UNREACHABLE, f"{where}: {error}")


def _failure(
    error: "HfHubHTTPError", repository: str, *, where: str
) -> UserError | PassingError:
    """What the server's refusal means."""
    from huggingface_hub import errors  # noqa: PLC0415

    if isinstance(error, errors.GatedRepoError):
        return UserError(ErrorCode.DOWNLOAD_GATED, repository)
    if isinstance(error, errors.RevisionNotFoundError):
        return UserError(ErrorCode.DOWNLOAD_NOT_FOUND, repository)
    status = error.response.status_code
    if status in _UNAUTHORIZED:
        # The hub says the same of what is not there and of what is not for everybody.
        return UserError(ErrorCode.DOWNLOAD_GATED, repository)
    code = code_of(status)
    if passes(code):
        wait = retry_after(error.response.headers.get("Retry-After"), datetime.now(UTC))
        return PassingError(code, f"{where}: HTTP {status}", wait)
    is_missing = code is ErrorCode.DOWNLOAD_NOT_FOUND
    return UserError(code, repository if is_missing else f"{where}: HTTP {status}")


def _files(siblings: "Iterable[RepoSibling]", revision: str) -> Iterator[RemoteFile]:
    """The files whose names and sizes can be used."""
    for each in siblings:
        size, path, blob = each.size, each.rfilename, each.blob_id
        if size is None or not 0 <= size < _MOST_SIZE or not is_safe(path):
            continue
        if each.lfs is not None and len(each.lfs.sha256) == _SHA256_LENGTH:
            sha256 = each.lfs.sha256.lower()
            yield RemoteFile(path, size, Digest.SHA256, sha256, revision)
        elif each.lfs is None and blob:
            yield RemoteFile(path, size, Digest.GIT, blob.lower(), revision)
        else:
            yield RemoteFile(path, size, revision=revision)
