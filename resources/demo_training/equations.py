"""Questions for the equation solver: linear, two unknowns, and a few quadratics.

Coefficients are drawn around a chosen solution, so the truth is known; exact
fractions and the solver's fifteen-digit floats both occur.
"""

from dataclasses import dataclass
from fractions import Fraction
from random import Random

from resources.demo_training.arithmetic import NO_RESULT
from resources.demo_training.layout import Turn, results_field
from resources.demo_training.wording import Language, answered_in, wording

THOUGHT = {"en": "The user wants to solve an equation.", "zh": "用户想解方程。"}
FAILED = {"en": "This equation has no result.", "zh": "这个方程没有结果。"}


@dataclass(frozen=True, slots=True)
class Equation:
    """One or two equations with their roots.

    Attributes:
        parts: The equations, in ASCII without spaces.
        roots: Name and value of each line of the result; empty without a result.
    """

    parts: tuple[str, ...]
    roots: tuple[tuple[str, str], ...]


_WORDS = {
    "en": {"+": " plus ", "-": " minus ", "=": " equals "},
    "zh": {"+": "加", "-": "减", "=": "等于"},
}
_NAMES = "xxxxxxyyzzabntmkpw"


def _side(rng: Random, slope: str, name: str, *, offset: int | str) -> str:
    """Returns slope times name plus offset."""
    term = {"1": name, "-1": f"-{name}"}.get(slope)
    if term is None:
        term = f"{slope}*{name}" if rng.random() < 0.12 else f"{slope}{name}"
    text = str(offset)
    if text == "0":
        return term
    if text.startswith("-"):
        return f"{term}{text}"
    swapped = not term.startswith("-") and rng.random() < 0.15
    return f"{text}+{term}" if swapped else f"{term}+{text}"


def _coefficient(rng: Random) -> int:
    """Returns a slope: small, positive more often than not, never 0."""
    value = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, rng.randrange(10, 100)))
    return -value if rng.random() < 0.12 else value


def _offset(rng: Random) -> int:
    """Returns a summand of one to three digits."""
    limit = rng.choice((10, 30, 100, 100, 1000))
    return rng.randrange(-limit // 2, limit)


def _linear(rng: Random, name: str, *, exact: bool) -> Equation:
    """Returns a linear equation with a whole solution, or a fraction unless exact."""
    slope, offset = _coefficient(rng), _offset(rng)
    value = Fraction(rng.randrange(-30, 100))
    left = _side(rng, str(slope), name, offset=offset)
    right = slope * value + offset
    if not exact and rng.random() < 0.25:
        right = Fraction(_offset(rng))
        value = (right - offset) / slope
        return Equation((f"{left}={right}",), ((name, str(value)),))
    form = rng.random()
    equation = f"{left}={right}"
    if 0.5 < form < 0.72:
        other = rng.choice([n for n in range(-3, 9) if n not in (0, slope)])
        rest = int(right - other * value)
        equation = f"{left}={_side(rng, str(other), name, offset=rest)}"
    elif 0.72 < form < 0.86 and abs(slope) > 1:
        shift = rng.randrange(-9, 20) or 1
        times = "*" if rng.random() < 0.3 else ""
        equation = f"{slope}{times}({name}{shift:+d})={slope * (value + shift)}"
    elif 0.86 < form < 0.93:
        equation = f"{right}={left}"
    elif form > 0.93:
        equation = f"{_side(rng, str(slope), name, offset=0)}={slope * value}"
    return Equation((equation,), ((name, str(value)),))


def _decimal(rng: Random, name: str) -> Equation:
    """Returns a linear equation whose solution the solver gives as a float."""
    if rng.random() < 0.4:
        bottom, value = rng.randrange(2, 10), rng.randrange(1, 60)
        shift = rng.randrange(1, 20)
        top = rng.randrange(1, 6)
        slope = f"{name}/{bottom}" if top == 1 else f"{top}/{bottom}*{name}"
        value *= bottom
        right = top * value // bottom + shift
        return Equation((f"{slope}+{shift}={right}",), ((name, _float(value)),))
    slope, offset = rng.randrange(1, 99) / 10, rng.randrange(0, 200) / 10
    right = rng.randrange(1, 500) / rng.choice((1, 10))
    equation = f"{_side(rng, f'{slope:g}', name, offset=f'{offset:g}')}={right:g}"
    return Equation((equation,), ((name, _float((right - offset) / slope)),))


def _float(value: float) -> str:
    """Returns fifteen significant digits, as the solver prints a float."""
    return f"{value:#.15g}"


def _quadratic(rng: Random, name: str) -> Equation:
    """Returns a quadratic equation with whole, irrational or complex roots."""
    low, high = sorted((rng.randrange(-12, 13), rng.randrange(-12, 13)))
    if rng.random() < 0.4:
        root = rng.randrange(1, 21)
        kind = rng.random()
        square, text = root**2, str(root)
        if kind < 0.2:
            square = rng.choice((2, 3, 5, 6, 7, 10, 11, 13))
            text = f"sqrt({square})"
        elif kind < 0.3:
            square, text = -square, f"{root}*I"
        roots = ((f"{name}_0", f"-{text}"), (f"{name}_1", text))
        return Equation((f"{name}^2={square}",), roots)
    middle, last = -(low + high), low * high
    term = {0: "", 1: f"+{name}", -1: f"-{name}"}.get(middle, f"{middle:+d}{name}")
    equation = f"{name}^2{term}{f'{last:+d}' if last else ''}=0"
    if low == high:
        return Equation((equation,), ((name, str(low)),))
    return Equation((equation,), ((f"{name}_0", str(low)), (f"{name}_1", str(high))))


def _system(rng: Random) -> Equation:
    """Returns two equations in two unknowns."""
    first, second = rng.choice(("xy", "xy", "xy", "ab", "mn", "xz", "yz", "pq", "st"))
    values = rng.randrange(-20, 60), rng.randrange(-20, 60)
    while True:
        rows = [(_coefficient(rng), _coefficient(rng)) for _ in range(2)]
        if rng.random() < 0.4:
            rows = [(1, 1), (1, -1) if rng.random() < 0.5 else rows[1]]
        (a, b), (c, d) = rows
        if a * d != b * c:
            break
    texts = []
    for slope, other in rows:
        term = {1: f"+{second}", -1: f"-{second}"}.get(other, f"{other:+d}{second}")
        total = slope * values[0] + other * values[1]
        texts.append(f"{_side(rng, str(slope), first, offset=0)}{term}={total}")
    return Equation(tuple(texts), ((first, str(values[0])), (second, str(values[1]))))


def _write(rng: Random, language: Language, equation: Equation) -> str:
    """Returns an equation in the user's wording."""
    spaced = rng.choice(("", "", "=", "+-=", "+-="))
    worded = len(equation.parts) == 1 and rng.random() < 0.08
    square = rng.choice(("^2", "^2", "²", "**2"))
    texts = []
    for part in equation.parts:
        text = ""
        for index, char in enumerate(part):
            inner = index > 0 and part[index - 1] not in "(=*^/"
            if worded and char in _WORDS[language] and inner:
                text += _WORDS[language][char]
            elif char in spaced and inner:
                text += f" {char} "
            else:
                text += char
        if rng.random() < 0.3:
            text = text.replace("*", "×")
        texts.append(text.replace("^2", square))
    words = wording(language)
    text = rng.choice(words.equations_between).join(texts)
    frames = words.system_frames if len(texts) > 1 else words.equation_frames
    names = sorted({name.partition("_")[0] for name, _ in equation.roots}) or ["x"]
    unknowns = (" and " if language == "en" else "和").join(names)
    return rng.choice(frames).format(text, v=unknowns)


def make_equation(
    rng: Random, language: Language, *, exact: bool = False
) -> tuple[str, Equation]:
    """Returns a question for the solver and its equation.

    Args:
        rng: Source of randomness.
        language: The question's language.
        exact: Only linear equations in one unknown with a whole solution.
    """
    name = rng.choice(_NAMES)
    draw = rng.random()
    if exact or draw < 0.5:
        equation = _linear(rng, name, exact=exact)
    elif draw < 0.62:
        equation = _decimal(rng, name)
    elif draw < 0.74:
        equation = _quadratic(rng, name)
    elif draw < 0.97:
        equation = _system(rng)
    else:
        equation = _impossible(rng, name)
    return _write(rng, language, equation), equation


def _impossible(rng: Random, name: str) -> Equation:
    """Returns an equation without a result."""
    slope, offset = _coefficient(rng), _offset(rng)
    left = _side(rng, str(slope), name, offset=offset)
    right = _side(rng, str(slope), name, offset=offset + rng.randrange(1, 9))
    return Equation((f"{left}={right}",), ())


def solver_body(call: str, equation: Equation) -> str:
    """Returns the body of the results field."""
    lines = [f"{name} = {value}" for name, value in equation.roots] or [NO_RESULT]
    return f"{call} =>\n" + "".join(f"{line}\n" for line in lines)


def equation_answer(language: Language, equation: Equation) -> str:
    """Returns the reply that states the roots."""
    roots = [f"{name} = {value}" for name, value in equation.roots]
    if not roots:
        return FAILED[language]
    if language == "en":
        return f"The solution is {', '.join(roots)}."
    return f"解得 {'，'.join(roots)}。"


def equation_turn(rng: Random, language: Language) -> Turn:
    """Returns a turn in which the solver gives the answer."""
    question, equation = make_equation(rng, language)
    language = answered_in(question, language)
    call = f'Solve("{";".join(equation.parts)}")'
    return Turn(
        kind="equation",
        question=question,
        thought=THOUGHT[language],
        command=call,
        results=results_field(solver_body(call, equation)),
        answer=equation_answer(language, equation),
    )
