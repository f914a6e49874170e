"""Questions for the calculator: sums in symbols and in words, in both languages.

An expression is drawn as a list of operands and operators. It is written twice: for
the user in one of many wordings, and as the command, in ASCII without spaces and in
the user's order. Python computes the value, just as the calculator does.
"""

import math
import re
from dataclasses import dataclass
from random import Random

from resources.demo_training.layout import Turn, results_field
from resources.demo_training.wording import Language, answered_in, wording

NO_RESULT = "No result."
THOUGHT = {"en": "The user wants a calculation.", "zh": "用户想计算。"}
FAILED = {"en": "There is no result for this.", "zh": "这个没有结果。"}


@dataclass(frozen=True, slots=True)
class Sum:
    """A question with its command."""

    question: str
    command: str


_SYMBOLS = {"*": ("*", "×", "x", "X", "·"), "/": ("/", "÷", "/"), "-": ("-", "−", "–")}


def calculate(command: str) -> str | None:
    """Returns Python's text of an expression's value, or None without a value."""
    text = re.sub(r"(\d+)!", r"factorial(\1)", command.replace("^", "**"))
    names = {"sqrt": math.sqrt, "factorial": math.factorial, "__builtins__": {}}
    try:
        value = eval(text, names)  # noqa: S307 - only expressions made here
    except (ArithmeticError, ValueError):
        return None
    return None if isinstance(value, complex) else str(value)


def number(rng: Random, *, negative: float = 0.04) -> str:
    """Returns an operand of one to five digits, sometimes decimal or negative."""
    digits = rng.choices((1, 2, 3, 4, 5), (22, 34, 24, 11, 9))[0]
    text = str(rng.randrange(10 ** (digits - 1) - (digits == 1), 10**digits))
    if rng.random() < 0.08:
        text = rng.choice("123456789") * digits
    elif rng.random() < 0.06:
        text = text[0] + "0" * (digits - 1)
    if rng.random() < 0.13:
        places = rng.choices((1, 2, 3), (5, 4, 1))[0]
        text = f"{text[:4]}.{rng.randrange(10**places):0{places}d}"
    return f"-{text}" if rng.random() < negative else text


def _chain(rng: Random) -> list[str]:
    """Returns operands and operators in turn, with brackets around a few."""
    size = rng.choices((2, 3, 4), (60, 28, 12))[0]
    parts: list[str] = []
    for index in range(size):
        weights = (30, 25, 27, 15, 0 if "^" in parts else 1, 1)
        operator = rng.choices("+-*/^%", weights)[0]
        if index:
            parts.append(operator)
        if index and operator == "^":
            parts.append(str(rng.randrange(2, 5)))
        elif rng.random() < 0.03:
            parts.append(f"sqrt({number(rng, negative=0)})")
        else:
            operand = number(rng)
            bare = not operand.startswith("-") or (not parts and rng.random() < 0.6)
            parts.append(operand if bare else f"({operand})")
    if size > 2 and rng.random() < 0.5:
        start = 2 * rng.randrange(size - 1)
        stop = start + 2 * rng.randrange(1, size - start // 2)
        whole = (start, stop) == (0, len(parts) - 1)
        if not whole and "^" not in parts:
            parts[start] = "(" + parts[start]
            parts[stop] += ")"
    return parts


def _write_chain(rng: Random, language: Language, parts: list[str]) -> str:
    """Returns a chain in the user's wording."""
    words = wording(language).operators if rng.random() < 0.35 else {}
    before, after = rng.choice((("", ""), ("", ""), (" ", " "), (" ", " "), ("", " ")))
    signs = {sign: rng.choice(_SYMBOLS.get(sign, (sign,))) for sign in "+*/^%"}
    signs["-"] = "-" if rng.random() < 0.9 else rng.choice(_SYMBOLS["-"])
    if signs["^"] == "^" and rng.random() < 0.3:
        signs["^"] = "**"
    text = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            text += _write_operand(rng, language, part, worded=bool(words))
        elif part in words:
            word = rng.choice(words[part])
            loose = language == "zh" and rng.random() < 0.15
            text += f" {word} " if loose else word
        else:
            text += before + signs[part] + after
    return text.replace("²", "^2")


def _write_operand(rng: Random, language: Language, part: str, *, worded: bool) -> str:
    """Returns one operand with its brackets in the user's wording."""
    if part.startswith("sqrt(") and part.endswith(")") and worded:
        inner = part.removeprefix("sqrt(").removesuffix(")")
        if ")" not in inner:
            return {"en": f"the square root of {inner}", "zh": f"根号{inner}"}[language]
    if language == "zh" and rng.random() < 0.2:
        return part.replace("(", "（").replace(")", "）")
    return part


def _number_word_sum(rng: Random, language: Language) -> Sum:
    """Returns a sum of two or three small numbers written as words."""
    words = wording(language)
    names = words.number_words
    text = command = ""
    for index in range(rng.choice((2, 2, 3))):
        if index:
            sign = rng.choice("+-*/")
            text += rng.choice(words.operators[sign][:3])
            command += sign
        value = rng.randrange(len(names))
        text += names[value]
        command += str(value)
    return Sum(text, command)


def _phrase_sum(rng: Random, language: Language) -> Sum:
    """Returns a sum told by a fixed phrase."""
    phrase, command = rng.choice(wording(language).sum_phrases)
    fields = {
        "a": number(rng, negative=0),
        "b": number(rng, negative=0),
        "p": rng.choice((str(rng.randrange(1, 100)), "10", "15", "20", "25", "50")),
        "s": str(rng.randrange(2, 13)),
        "s2": str(rng.randrange(2, 8)),
    }
    return Sum(phrase.format(**fields), command.format(**fields))


def make_sum(rng: Random, language: Language) -> Sum:
    """Returns a framed question for the calculator."""
    while True:
        draw = rng.random()
        if draw < 0.70:
            parts = _chain(rng)
            asked = Sum(_write_chain(rng, language, parts), "".join(parts))
        elif draw < 0.95:
            asked = _phrase_sum(rng, language)
        else:
            asked = _number_word_sum(rng, language)
        value = calculate(asked.command)
        if value is None and rng.random() < 0.6:
            continue
        if value is None or (len(value) <= 22 and "e+" not in value):
            frame = rng.choice(wording(language).sum_frames)
            return Sum(frame.format(asked.question), asked.command)


def arithmetic_turn(rng: Random, language: Language) -> Turn:
    """Returns a turn in which the calculator gives the answer."""
    asked = make_sum(rng, language)
    language = answered_in(asked.question, language)
    value = calculate(asked.command)
    call = f'Calculate("{asked.command}")'
    return Turn(
        kind="arithmetic",
        question=asked.question,
        thought=THOUGHT[language],
        command=call,
        results=results_field(f"{call} => '{value or NO_RESULT}'\n"),
        answer=arithmetic_answer(language, asked.command, value),
    )


def arithmetic_answer(language: Language, command: str, value: str | None) -> str:
    """Returns the reply that states a value."""
    if value is None:
        return FAILED[language]
    return f"{command} = {value}." if language == "en" else f"{command} 等于 {value}。"
