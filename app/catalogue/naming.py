"""What somebody typed, pasted or dropped: a repository, or something on this disk.

Understood are

* `OWNER/NAME`, `OWNER/NAME@REVISION`, `OWNER/NAME:Q4_K_M` (one of several GGUF files),
  with `hf.co/` or `modelscope.cn/` before it or without,
* addresses of pages and files on Hugging Face, its mirrors, and ModelScope,
* paths and `file:` addresses of folders and GGUF files.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from app.catalogue.entries import Site
from app.domain.errors import ErrorCode, UserError

_HOSTS: Final = {
    "huggingface.co": Site.HUGGING_FACE,
    "hf.co": Site.HUGGING_FACE,
    "hf-mirror.com": Site.HUGGING_FACE,
    "modelscope.cn": Site.MODELSCOPE,
    "modelscope.ai": Site.MODELSCOPE,
}
_MIRRORS: Final = {"hf-mirror.com", "modelscope.ai"}
_PART: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?"
_NAME: Final = re.compile(
    rf"(?P<name>{_PART}/{_PART})(?:@(?P<revision>[\w./-]{{1,200}}))?"
    r"(?::(?P<file>[\w./-]{1,200}))?",
    re.ASCII,
)
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_VIEWS: Final = {"tree", "blob", "resolve", "raw", "src", "file", "files", "view"}
"""What stands between a repository and a revision in addresses of pages."""
_OTHERS: Final = {"datasets", "spaces", "studios", "collections", "papers", "docs"}
_ROOT_PARTS: Final = 2


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of models.

    Attributes:
        name: `OWNER/NAME`.
        site: Where; None where the text does not say it.
        revision: Branch, tag or commit; empty is the usual branch.
        file: Of several GGUF files, the one that is meant: a name or a quantization.
        endpoint: The mirror whose address it was; empty for the site's own.
    """

    name: str
    site: Site | None = None
    revision: str = ""
    file: str = ""
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Local:
    """A file or folder of this computer, as it was named."""

    path: str


def parse(text: str, exists: Callable[[str], bool]) -> Repository | Local:
    """Reads what somebody typed.

    Args:
        text: One line of it.
        exists: Whether there is such a file or folder.

    Raises:
        UserError: `DOWNLOAD_NAME`: it is none of these.
    """
    named = text.strip().strip("\"'").strip()
    if named.lower().startswith("file:"):
        return Local(url2pathname(urlsplit(named).path))
    if named.lower().startswith(("http://", "https://")):
        return _address(named)
    if named and (_is_path(named) or exists(named)):
        return Local(named)
    host, _, rest = named.partition("/")
    if (site := _site(host)) is not None:
        return replace(_repository(rest, site), endpoint=_mirror(host))
    return _repository(named.removeprefix("hf:"), None)


def is_repository(name: str) -> bool:
    """Whether this can be a repository's name: `OWNER/NAME` and nothing more."""
    found = _NAME.fullmatch(name)
    return found is not None and found["name"] == name and ".." not in name


def _is_path(text: str) -> bool:
    beginnings = ("/", "\\", "~", "./", "../", ".\\", "..\\")
    is_path = text.startswith(beginnings) or _DRIVE.match(text) is not None
    return is_path or (text.lower().endswith(".gguf") and ":" not in text)


def _site(host: str) -> Site | None:
    return _HOSTS.get(host.lower().removeprefix("www."))


def _mirror(host: str) -> str:
    """The address of a mirror; empty for a site itself."""
    name = host.lower().removeprefix("www.")
    return f"https://{name}" if name in _MIRRORS else ""


def _repository(text: str, site: Site | None) -> Repository:
    """`OWNER/NAME`, with what may follow it."""
    name = text.removeprefix("models/").strip("/").removesuffix(".git")
    found = _NAME.fullmatch(name)
    if found is None or ".." in name or "--" in found["name"]:
        raise UserError(ErrorCode.DOWNLOAD_NAME, text)
    return Repository(found["name"], site, found["revision"] or "", found["file"] or "")


def _address(text: str) -> Repository:
    """The address of a page or file."""
    try:
        address = urlsplit(text)
        host = address.hostname or ""
    except ValueError as error:
        raise UserError(ErrorCode.DOWNLOAD_NAME, text) from error
    site = _site(host)
    parts = [unquote(part) for part in address.path.split("/") if part]
    if parts and parts[0] == "models":
        parts = parts[1:]
    if site is None or len(parts) < _ROOT_PARTS or parts[0] in _OTHERS:
        raise UserError(ErrorCode.DOWNLOAD_NAME, text)
    found = _repository("/".join(parts[:_ROOT_PARTS]), site)
    found = replace(found, endpoint=_mirror(host))
    rest = parts[_ROOT_PARTS:]
    if not rest or rest[0] not in _VIEWS:
        return found
    while rest and rest[0] in _VIEWS:
        rest = rest[1:]
    revision, file = (rest[0], "/".join(rest[1:])) if rest else ("", "")
    return replace(found, revision=found.revision or revision, file=found.file or file)
