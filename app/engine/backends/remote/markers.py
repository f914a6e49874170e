"""Text that a server would take for control tokens, broken up so that it stays text.

A space goes behind the first character: `<eoh>` becomes `< eoh>`. That is a visible
change, which model and user can both read; a character of no width would be hidden in
what the model repeats.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Final

from app.domain.generation import Segment

_MOST_ROUNDS: Final = 8
_WORD: Final = re.compile(r"\S+")


def broken_up(
    prompt: tuple[Segment, ...],
    names: Collection[str],
    round_trip: Callable[[str], str],
) -> tuple[Segment, ...]:
    """A prompt whose text no longer holds what is taken for control tokens.

    Known names are broken up wherever they stand. Others are looked for among the
    words that do not come back from the server's tokenizer as they were: where the
    first character is missing, something has been taken for a token. More than
    `_MOST_ROUNDS` unknown ones in a word are not found; whoever sends the prompt asks
    once more.

    Args:
        prompt: The segments.
        names: Texts of known control tokens.
        round_trip: The text of a text's tokens, less control tokens.
    """
    prompt = without_names(prompt, names)
    for _ in range(_MOST_ROUNDS):
        words = _words(prompt)
        found = round_trip("\n".join(words)).split("\n") if words else []
        if len(found) != len(words):
            return prompt
        new = {
            word: _broken(word, back)
            for word, back in zip(words, found, strict=True)
            if word != back
        }
        if not new:
            return prompt
        prompt = _changed(prompt, partial(_replaced, new))
    return prompt


def without_names(
    prompt: Iterable[Segment], names: Collection[str]
) -> tuple[Segment, ...]:
    """A prompt with these names broken up where they stand in text."""
    # The longest first: one name may be a part of another.
    order = sorted(names, key=len, reverse=True)

    def harmless(text: str) -> str:
        for name in order:
            text = text.replace(name, _broken(name, ""))
        return text

    return _changed(prompt, harmless)


def _replaced(new: Mapping[str, str], text: str) -> str:
    """The text with other words in the place of some."""
    return _WORD.sub(lambda found: new.get(found[0], found[0]), text)


def _words(prompt: tuple[Segment, ...]) -> list[str]:
    texts = (_WORD.findall(segment.text) for segment in prompt if not segment.control)
    return list(dict.fromkeys(word for words in texts for word in words))


def _broken(word: str, back: str) -> str:
    """The word with a space behind the first character that did not come back."""
    same = 0
    for one, other in zip(word, back, strict=False):
        if one != other:
            break
        same += 1
    return f"{word[: same + 1]} {word[same + 1 :]}"


def _changed(
    prompt: Iterable[Segment], change: Callable[[str], str]
) -> tuple[Segment, ...]:
    return tuple(
        segment if segment.control else Segment(change(segment.text))
        for segment in prompt
    )
