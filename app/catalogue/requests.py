"""From what somebody named to what is downloaded, and where it is put."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from app.catalogue.entries import ENDPOINTS, Catalogue, Entry, Site
from app.catalogue.naming import Local, Repository, parse
from app.domain.errors import ErrorCode, UserError

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Preferred:
    """How the user wants to download.

    Attributes:
        site: Which kind of server is asked first.
        hugging_face: The address of Hugging Face or a mirror of it; empty is the
            environment's `HF_ENDPOINT`, or the site itself.
        modelscope: The address of ModelScope; empty is the site itself.
        connections: How many files come at once.
        pace: Bytes a second; 0 is no limit.
    """

    site: Site = Site.HUGGING_FACE
    hugging_face: str = ""
    modelscope: str = ""
    connections: int = 2
    pace: int = 0

    def endpoint(self, site: Site, environment: Mapping[str, str] | None = None) -> str:
        """The address of a site.

        Args:
            site: Which one.
            environment: Where `HF_ENDPOINT` is looked up; None is the process's own.
        """
        variables = os.environ if environment is None else environment
        if site is Site.MODELSCOPE:
            found = self.modelscope
        else:
            found = self.hugging_face or variables.get("HF_ENDPOINT", "")
        return (found or ENDPOINTS[site]).rstrip("/")


@dataclass(frozen=True, slots=True)
class Request:
    """A download that somebody asked for.

    Attributes:
        site: What kind of server it comes from.
        endpoint: The server's address.
        repository: `OWNER/NAME`.
        revision: Branch, tag or commit; empty is the usual branch.
        file: Of several GGUF files, the one that is meant.
        title: What it is called.
    """

    site: Site
    endpoint: str
    repository: str
    revision: str = ""
    file: str = ""
    title: str = ""

    @property
    def folder(self) -> str:
        """The name of its folder; two downloads that differ have different ones."""
        name = self.repository.replace("/", "--")
        if self.site is not Site.HUGGING_FACE:
            name = f"{name}--{self.site}"
        if self.file:
            stem = PurePosixPath(self.file).name.lower().removesuffix(".gguf")
            name = f"{name}--{stem}"
        if self.revision:
            name = f"{name}--at-{self.revision}"
        return _UNFIT.sub("-", name)[:_LONGEST].rstrip(".-")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a checkpoint becomes while it arrives.

    Attributes:
        target: The GGUF file; absolute.
        quantization: Its type; empty is the converter's choice.
        size: Bytes that it is going to have, about.
        delete_used: Whether each file of weights goes once it is used up.
    """

    target: str
    quantization: str = ""
    size: int = 0
    delete_used: bool = True


def resolve(
    text: str,
    catalogue: Catalogue,
    preferred: Preferred,
    *,
    exists: Callable[[str], bool],
) -> Request | Local:
    """Finds out what somebody means.

    Args:
        text: A model of the catalogue, or what `naming.parse` understands.
        catalogue: The models that are known.
        preferred: How the user wants to download.
        exists: Whether there is such a file or folder.

    Raises:
        UserError: `DOWNLOAD_NAME`: it is none of these.
    """
    entry = catalogue.find(text)
    if entry is not None:
        return request_for(entry, preferred)
    found = parse(text, exists)
    if isinstance(found, Local):
        return found
    known = catalogue.find(found.name)
    if known is not None and found == Repository(found.name):
        return request_for(known, preferred)
    site = found.site or preferred.site
    return Request(
        site,
        found.endpoint or preferred.endpoint(site),
        found.name,
        revision=found.revision,
        file=found.file or (known.file if known is not None else ""),
        title=known.title if known is not None else found.name,
    )


def request_for(entry: Entry, preferred: Preferred) -> Request:
    """The download of a model of the catalogue, from a site that has it.

    Raises:
        UserError: `DOWNLOAD_NAME`: no site has it.
    """
    for site in (preferred.site, *Site):
        repository = entry.repository(site)
        if repository:
            endpoint = preferred.endpoint(site)
            return Request(
                site, endpoint, repository, file=entry.file, title=entry.title
            )
    raise UserError(ErrorCode.DOWNLOAD_NAME, entry.id)
