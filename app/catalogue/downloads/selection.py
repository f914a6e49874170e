"""Which files of a repository are needed to run or convert it; everything else stays.

Pure: of programs, READMEs, pictures and weights for other frameworks nothing is ever
fetched.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from app.catalogue.downloads.values import Listing, RemoteFile
from app.domain.errors import ErrorCode, UserError

_TOKENIZER: Final = frozenset(
    {
        "config.json",
        "generation_config.json",
        "vocab.json",
        "merges.txt",
        "added_tokens.json",
        "special_tokens_map.json",
        "tokenizer_config.json",
        "tokenizer.json",
        "tokenizer.model",
        "quantize_config.json",
    }
)
_WEIGHTS: Final = (
    re.compile(r"(?:model|gptq_model.*)(?:-\d{5}-of-\d{5})?\.safetensors"),
    re.compile(r"pytorch_model(?:-\d{5}-of-\d{5})?\.bin"),
)
"""Names of weight files; the first kind of which there are any is taken."""
_INDEXES: Final = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_LICENCE: Final = re.compile(r"licen[cs]e(?:\..*)?", re.IGNORECASE)
_SHARD: Final = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
_USUAL: Final = ("q4_k_m", "q4_0", "q8_0")
"""Taken from a repository with several GGUF files when nothing is said."""


def choose(listing: Listing, file: str = "") -> tuple[RemoteFile, ...]:
    """The files that a download consists of, small ones first.

    Args:
        listing: What the repository has.
        file: Of several GGUF files, the one that is meant: its name or a part of it,
            such as a quantization; empty takes a usual one.

    Raises:
        UserError: `DOWNLOAD_NOTHING`: there is nothing that can be used;
            `DOWNLOAD_CHOICE`: it is not clear which.
    """
    models = [found for found in listing.files if _is_model(found)]
    if models:
        return _in_order(_gguf(models, file)) + _licences(listing)
    if file:
        raise UserError(ErrorCode.DOWNLOAD_NOTHING, f"{listing.repository}: {file}")
    by_name = {found.path: found for found in listing.files}
    for pattern, index in zip(_WEIGHTS, _INDEXES, strict=True):
        weights = [found for name, found in by_name.items() if pattern.fullmatch(name)]
        if weights and "config.json" in by_name:
            small = [by_name[name] for name in sorted(_TOKENIZER & by_name.keys())]
            if index in by_name:
                small.append(by_name[index])
            return (*_licences(listing), *small, *_in_order(weights))
    raise UserError(ErrorCode.DOWNLOAD_NOTHING, listing.repository)


def _is_model(file: RemoteFile) -> bool:
    """Whether this is a GGUF that writes text; projectors and matrices are none."""
    name = PurePosixPath(file.path).name.lower()
    return name.endswith(".gguf") and not name.startswith(("mmproj", "imatrix"))


def _gguf(models: Sequence[RemoteFile], wanted: str) -> list[RemoteFile]:
    """One GGUF, which may lie in several files."""
    groups: dict[str, list[RemoteFile]] = {}
    for model in models:
        groups.setdefault(_SHARD.sub("", model.path), []).append(model)
    for wish in (wanted,) if wanted else ("", *_USUAL):
        found = _matching(groups, wish)
        if len(found) == 1:
            return groups[found[0]]
    names = ", ".join(sorted(PurePosixPath(name).name for name in groups))
    raise UserError(ErrorCode.DOWNLOAD_CHOICE, names)


def _matching(groups: dict[str, list[RemoteFile]], wish: str) -> list[str]:
    """The groups that a wish fits: the exact name if there is one, else a part."""
    wanted = _SHARD.sub("", wish).lower()
    exact = [name for name in groups if name.lower() == wanted]
    ending = re.compile(rf"(?:^|[-._/]){re.escape(wanted.removesuffix('.gguf'))}\.gguf")
    return exact or [
        name for name in groups if not wanted or ending.search(name.lower())
    ]


def _licences(listing: Listing) -> tuple[RemoteFile, ...]:
    return tuple(found for found in listing.files if _LICENCE.fullmatch(found.path))


def _in_order(files: Sequence[RemoteFile]) -> tuple[RemoteFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
