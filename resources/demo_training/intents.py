"""The demo's sentences and the variations that make a tiny model generalise.

Training phrasings are varied at random: case, punctuation, polite or filling words in
front and behind, synonyms, dropped words and small typos. What is left decides by
the words that signal an intent, which is all that a network of this size can learn.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from resources.demo_training.layout import NONE, Turn, results_field
from resources.demo_training.wording import LANGUAGES, Language, read, wording


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a user may want to know.

    Attributes:
        name: Key of its table.
        thought: The inner thought.
        answer: The one answer.
        train: Phrasings to learn from.
        held_out: Phrasings never seen in training.
    """

    name: str
    thought: str
    answer: str
    train: tuple[str, ...]
    held_out: tuple[str, ...]


@cache
def intents(language: Language) -> tuple[Intent, ...]:
    """Returns all intents of a language, in the file's order."""
    return tuple(
        Intent(
            name=key,
            thought=table["thought"],
            answer=table["answers"][0],
            train=tuple(table["train"]),
            held_out=tuple(table["held_out"]),
        )
        for key, table in read(f"intents_{language}.toml").items()
    )


def held_out_phrasings() -> list[tuple[str, Language, str, str]]:
    """Returns (intent, language, phrasing, answer) of every unseen phrasing."""
    return [
        (intent.name, language, phrasing, intent.answer)
        for language in LANGUAGES
        for intent in intents(language)
        for phrasing in intent.held_out
    ]


def vary(rng: Random, language: Language, phrasing: str) -> str:
    """Returns a phrasing in one of its many variations."""
    if rng.random() < 0.15:
        return phrasing
    text = phrasing.strip()
    end = text[len(text.rstrip("?!.。？！")) :]
    text = text.removesuffix(end)
    if rng.random() < 0.5:
        text = _swap_synonyms(rng, language, text)
    if rng.random() < 0.5:
        text = _drop(rng, language, text)
    if rng.random() < 0.33:
        before = rng.choice(wording(language).fillers_before)
        text = f"{before} {text}" if language == "en" else before + text
    if rng.random() < 0.2:
        behind = rng.choice(wording(language).fillers_behind)
        text = f"{text} {behind}" if language == "en" else text + behind
    if rng.random() < 0.06:
        text = _typo(rng, text)
    if language == "en":
        text = _recase(rng, text)
    marks = (
        ("?", "", ".", "!", "??", " ?")
        if language == "en"
        else ("？", "", "。", "！", "?")
    )
    return text + (end if rng.random() < 0.4 else rng.choice(marks))


def _recase(rng: Random, text: str) -> str:
    draw = rng.random()
    if draw < 0.4:
        return text.lower()
    if draw < 0.38:
        return text.upper()
    return text[:1].upper() + text[1:] if draw < 0.75 else text


def _swap_synonyms(rng: Random, language: Language, text: str) -> str:
    """Replaces some expressions by others of their group."""
    gap = " " if language == "en" else ""
    padded = f"{gap}{text}{gap}"
    lowered = padded.lower()
    for group in wording(language).synonyms:
        found = next((w for w in group if w and f"{gap}{w}{gap}" in lowered), None)
        if found is None or rng.random() < 0.4:
            continue
        start = lowered.index(f"{gap}{found}{gap}") + len(gap)
        padded = padded[:start] + rng.choice(group) + padded[start + len(found) :]
        lowered = padded.lower()
    return padded.strip()


def _drop(rng: Random, language: Language, text: str) -> str:
    """Drops function words often and other words seldom."""
    units = text.split() if language == "en" else list(text)
    stops = wording(language).dropped_often
    if len(units) < 4:
        return text
    bare = rng.random() < 0.25
    kept = [
        unit
        for unit in units
        if rng.random() > ((0.8 if bare else 0.2) if unit.lower() in stops else 0.06)
    ]
    if language == "en" and len(kept) > 3 and rng.random() < 0.1:
        cut = rng.randrange(1, len(kept))
        kept = kept[cut:] + kept[:cut]
    ascii_run = language == "zh" and any(c.isascii() and c.isalpha() for c in text)
    if len(kept) < 2 or ascii_run:
        return text
    return (" " if language == "en" else "").join(kept)


def _splice(rng: Random, language: Language, intent: Intent) -> str:
    """Joins the beginning of one phrasing to the end of another."""
    gap = " " if language == "en" else ""
    first, second = (
        text.rstrip("?!.。？！").split() if language == "en" else list(text)
        for text in (rng.choice(intent.train), rng.choice(intent.train))
    )
    cut = rng.randrange(1, len(first) + 1)
    return gap.join([*first[:cut], *second[rng.randrange(len(second)) :]])


def _typo(rng: Random, text: str) -> str:
    """Drops, doubles or swaps one character."""
    if len(text) < 6:
        return text
    at = rng.randrange(1, len(text) - 1)
    match rng.randrange(3):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
        case _:
            return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def intent_turn(rng: Random, language: Language) -> Turn:
    """Returns a turn that one of the fixed answers settles."""
    intent = rng.choice(intents(language))
    question = vary(rng, language, rng.choice(intent.train))
    if rng.random() < 0.25:
        question = vary(rng, language, _splice(rng, language, intent))
    elif rng.random() < 0.06:
        joint = rng.choice((". ", " ", ", ")) if language == "en" else "，"
        question += joint + vary(rng, language, rng.choice(intent.train))
    skips = rng.random() < 0.06
    return Turn(
        kind="intent",
        question=question,
        thought=NONE if skips else intent.thought,
        command=NONE,
        results=results_field(""),
        answer=intent.answer,
        skips_tools=skips,
    )
