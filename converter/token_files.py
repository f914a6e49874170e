"""What the small files beside a tokenizer say about special and added tokens.

Both kinds of tokenizers have them: `added_tokens.json`, `special_tokens_map.json` and
`tokenizer_config.json`, written by transformers; none of them has to be there. A token
is given as its text, or as an object that holds it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter.errors import VocabularyError
from converter.text_files import read_json

AGAIN = "download it again"

_CONFIG = "tokenizer_config.json"
_MAP = "special_tokens_map.json"
_NUMBER = re.compile("[0-9]{1,9}")
_NAMES = {"bos": "bos", "eos": "eos", "unknown": "unk", "padding": "pad"}


def token_ids(path: Path) -> dict[str, int]:
    """Returns the id of each token in a file like `vocab.json`.

    Raises:
        CheckpointError: The file is missing or damaged.
    """
    ids = read_json(path)
    for token, number in ids.items():
        if type(number) is not int or number < 0:
            raise VocabularyError(
                problem=f"token {token!r:.40} has no number", file=path, remedy=AGAIN
            )
        check_text(token, number, path)
    return ids


def added_ids(folder: Path) -> dict[str, int]:
    """Returns the id of each token that `added_tokens.json` adds.

    Raises:
        CheckpointError: The file is damaged.
    """
    path = folder / "added_tokens.json"
    return token_ids(path) if path.exists() else {}


def decoder_ids(folder: Path) -> dict[str, int]:
    """Returns the same of the list that newer versions keep in their settings.

    Raises:
        CheckpointError: The file is damaged.
    """
    path = folder / _CONFIG
    ids: dict[str, int] = {}
    for key, entry in _decoder(folder).items():
        if not _NUMBER.fullmatch(key):
            raise VocabularyError(
                problem=f"the added token {key!r:.40} has no number",
                file=path,
                remedy=AGAIN,
            )
        token, number = _text(entry), int(key)
        check_text(token, number, path)
        ids[token] = number
    return ids


def special_names(folder: Path) -> dict[str, str]:
    """Returns the texts of the tokens that have a role, by its name in the GGUF.

    Raises:
        CheckpointError: A file is damaged.
    """
    tables = _table(folder / _MAP), _table(folder / _CONFIG)
    texts = {
        name: next(filter(None, (_text(t.get(f"{key}_token")) for t in tables)), "")
        for name, key in _NAMES.items()
    }
    return {name: text for name, text in texts.items() if text}


def special_texts(folder: Path) -> Iterator[str]:
    """Yields the texts of further tokens that are called special.

    Raises:
        CheckpointError: A file is damaged.
    """
    more = _table(folder / _MAP).get("additional_special_tokens")
    yield from filter(None, map(_text, more if isinstance(more, list) else []))
    for entry in _decoder(folder).values():
        if isinstance(entry, dict) and entry.get("special") is True:
            yield _text(entry)


def setting(folder: Path, name: str, *, default: bool) -> bool:
    """Returns a truth value of `tokenizer_config.json`.

    Raises:
        CheckpointError: The file is damaged.
    """
    value = _table(folder / _CONFIG).get(name)
    return value if isinstance(value, bool) else default


def check_text(token: str, number: int, file: Path) -> None:
    """Makes sure that a token's text can be stored, and read by llama.cpp.

    Raises:
        VocabularyError: It is empty, half a character, or holds a zero, which ends a
            text there.
    """
    if not token or any(c == "\0" or "\ud800" <= c <= "\udfff" for c in token):
        raise VocabularyError(
            problem=f"token {number} is no text", file=file, remedy=AGAIN
        )


def _decoder(folder: Path) -> dict[str, Any]:
    decoder = _table(folder / _CONFIG).get("added_tokens_decoder")
    return decoder if isinstance(decoder, dict) else {}


def _table(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}


def _text(token: Any) -> str:  # noqa: ANN401 -- whatever the file holds
    """Returns a token's text, which may be given plainly or in an object."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else ""
