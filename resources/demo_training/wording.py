"""The words of both languages, read from `wordings.toml` and `words.toml`."""

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
FOLDER = Path(__file__).parent
# Characters and full-width punctuation.
_CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Wording:
    """How users of one language word their requests.

    Attributes:
        sum_frames: Questions around a sum.
        sum_phrases: Fixed phrases for a sum, each with its command.
        number_words: Names of the numbers from zero.
        operators: Words for `+`, `-`, `*` and `/`.
        equation_frames: Questions around an equation.
        system_frames: Questions around two equations.
        equations_between: What stands between two equations.
        searches: Requests for a search; the query is the part behind a bar.
        drawings: Requests for a picture.
        fillers_before: Polite or idle words in front of a question.
        fillers_behind: The same behind it.
        synonyms: Groups of expressions that can replace each other.
        dropped_often: Words or characters that carry little meaning.
    """

    sum_frames: tuple[str, ...]
    sum_phrases: tuple[tuple[str, str], ...]
    number_words: tuple[str, ...]
    operators: dict[str, tuple[str, ...]]
    equation_frames: tuple[str, ...]
    system_frames: tuple[str, ...]
    equations_between: tuple[str, ...]
    searches: tuple[str, ...]
    drawings: tuple[str, ...]
    fillers_before: tuple[str, ...]
    fillers_behind: tuple[str, ...]
    synonyms: tuple[tuple[str, ...], ...]
    dropped_often: frozenset[str]


def read(name: str) -> dict[str, Any]:
    """Returns the tables of one of this folder's files."""
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)


@cache
def wording(language: Language) -> Wording:
    """Returns the wording of a language."""
    table = _frozen(read("wordings.toml")[language])
    table["dropped_often"] = frozenset(table["dropped_often"])
    return Wording(**{field.name: table[field.name] for field in fields(Wording)})


def answered_in(question: str, language: Language) -> Language:
    """Returns a question's language; without a word of Chinese it is English."""
    return language if _CHINESE.search(question) else "en"


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    """Returns a value with tuples in place of lists."""
    match value:
        case list():
            return tuple(_frozen(item) for item in value)
        case dict():
            return {key: _frozen(item) for key, item in value.items()}
        case _:
            return value
