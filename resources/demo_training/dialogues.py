"""Draws training dialogues: which kind of turn follows which, and with which tools.

Plain Python without PyTorch, so tests can import the question generators. Everything
is drawn from a seeded `random.Random`; seeds below `FIRST_TEST_SEED` are for training.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from resources.demo_training.arithmetic import arithmetic_turn, calculate, make_sum
from resources.demo_training.equations import equation_turn, make_equation
from resources.demo_training.intents import held_out_phrasings, intent_turn
from resources.demo_training.layout import (
    ALL_TOOLS,
    EVERY_SETTING,
    LOCAL_TOOLS,
    NONE,
    Tools,
    Turn,
    results_field,
)
from resources.demo_training.lookups import image_turn, search_turn
from resources.demo_training.wording import LANGUAGES, Language

FIRST_TEST_SEED = 10**9
_MAKERS: dict[str, Callable[[Random, Language], Turn]] = {
    "intent": intent_turn,
    "arithmetic": arithmetic_turn,
    "equation": equation_turn,
    "search": search_turn,
    "image": image_turn,
}
_OFF = {
    "arithmetic": (
        ("The calculator is switched off.", "The calculator is off."),
        ("计算器已关闭。", "计算器关着。"),
    ),
    "equation": (
        ("The equation solver is switched off.", "The equation solver is off."),
        ("解方程工具已关闭。", "解方程工具关着。"),
    ),
    "search": (
        ("Web search is switched off.", "Web search is off."),
        ("网页搜索已关闭。", "网页搜索关着。"),
    ),
    "image": (
        ("Text-to-image is switched off.", "Text-to-image is off."),
        ("画图工具已关闭。", "画图工具关着。"),
    ),
}
_TURN_ON = (
    " You can turn it on with the buttons above the message box.",
    "请用输入框上方的按钮打开它。",
)


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the kinds of turns.

    Attributes:
        shares: Weight of each kind.
        several: Share of conversations of two to four turns.
    """

    shares: tuple[tuple[str, float], ...] = (
        ("intent", 32),
        ("arithmetic", 32),
        ("equation", 14),
        ("search", 12),
        ("image", 10),
    )
    several: float = 0.15


def _is_on(kind: str, tools: Tools) -> bool:
    """Returns whether the tool for a kind of turn is switched on."""
    return {
        "intent": True,
        "arithmetic": tools.calculator,
        "equation": tools.solver,
        "search": tools.search,
        "image": tools.image,
    }[kind]


def off_answer(kind: str, language: Language) -> str:
    """Returns the reply when the tool for a kind of turn is switched off."""
    at = LANGUAGES.index(language)
    return _OFF[kind][at][0] + _TURN_ON[at]


def switched_off(turn: Turn, language: Language, *, skips_tools: bool = False) -> Turn:
    """Returns a tool's turn as it goes when that tool is switched off."""
    thought = _OFF[turn.kind][LANGUAGES.index(language)][1]
    return replace(
        turn,
        kind="off",
        thought=NONE if skips_tools else thought,
        command=NONE,
        results=results_field(""),
        answer=off_answer(turn.kind, language),
        skips_tools=skips_tools,
    )


def draw_tools(rng: Random) -> Tools:
    """Returns a tool setting, most often all tools or the two that need no set-up."""
    return rng.choice((ALL_TOOLS, LOCAL_TOOLS, rng.choice(EVERY_SETTING)))


def make_turn(rng: Random, kind: str, language: Language, *, tools: Tools) -> Turn:
    """Returns one turn of a kind under a tool setting."""
    turn = _MAKERS[kind](rng, language)
    if kind == "intent":
        return turn
    skips = rng.random() < 0.02
    if skips or not _is_on(kind, tools):
        return switched_off(turn, language, skips_tools=skips)
    return turn


def make_dialogue(rng: Random, tools: Tools, mix: Mix) -> list[Turn]:
    """Returns the turns of a conversation, history as the program rewrites it."""
    kinds, weights = zip(*mix.shares, strict=True)
    language = rng.choice(LANGUAGES)
    size = rng.choice((2, 2, 2, 3, 3, 4)) if rng.random() < mix.several else 1
    turns = []
    for _ in range(size):
        spoken = language if rng.random() < 0.9 else rng.choice(LANGUAGES)
        kind = rng.choices(kinds, weights)[0]
        turns.append(make_turn(rng, kind, spoken, tools=tools))
    return turns


def arithmetic_questions(seed: int, n: int) -> list[tuple[str, Language, str]]:
    """Returns unseen sums as (question, language, expected number).

    Args:
        seed: Any number; the questions never occur in training by design of seeds.
        n: How many, the languages in turn.
    """
    rng = Random(FIRST_TEST_SEED + seed)
    questions: list[tuple[str, Language, str]] = []
    while len(questions) < n:
        language = LANGUAGES[len(questions) % 2]
        asked = make_sum(rng, language)
        value = calculate(asked.command)
        if value is not None:
            questions.append((asked.question, language, value))
    return questions


def equation_questions(seed: int, n: int) -> list[tuple[str, Language, str]]:
    """Returns unseen linear equations in one unknown with a whole solution.

    Args:
        seed: Any number.
        n: How many, the languages in turn.

    Returns:
        Tuples of question, language and the solution's number.
    """
    rng = Random(FIRST_TEST_SEED + seed)
    questions: list[tuple[str, Language, str]] = []
    while len(questions) < n:
        language = LANGUAGES[len(questions) % 2]
        question, equation = make_equation(rng, language, exact=True)
        questions.append((question, language, equation.roots[0][1]))
    return questions


__all__ = [
    "FIRST_TEST_SEED",
    "Mix",
    "arithmetic_questions",
    "draw_tools",
    "equation_questions",
    "held_out_phrasings",
    "make_dialogue",
    "make_turn",
    "off_answer",
    "switched_off",
]
