r"""The commands field of MOSS's first stage as a grammar of the enabled tools.

When it is applied: to what a plugin model writes behind `<|Commands|>:`, and to nothing
else. The inner thoughts are free, and so is a model that skips the field. At most
`MAX_COMMANDS` commands can be written, those of other tools cannot be begun, and the
marker that closes the field is possible only where a command is whole.

What it must not do is to make a good answer worse. So every form that MOSS was taught
fits: `None`, and `Name("argument")`, several joined by a comma and a space. Whatever an
argument holds fits too: quotes, brackets, Chinese. What ends an argument is a quote
and a closing bracket, unless the quote stands in brackets of the argument itself, as in
`Search("f("x"), g")`. Where the model would rather do nothing, or close the field
behind a trailing comma, it can: no command is forced upon it. What else can be read
(see `app.domain.written_calls`) fits where it costs nothing: other separators, Python's
ways to join texts. Prose, numbers of lists, comments and names of other functions do
not; there the engine draws among what fits.

The engine writes on without the grammar should nothing fit.
"""

from collections.abc import Collection
from typing import Final

from app.domain.generation import Grammar
from app.domain.moss import Label
from app.domain.tools import MAX_COMMANDS, Tool

_ARGUMENT: Final = r"""
text ::= [^"(] text | "(" text | brackets text | "\"" quoted
quoted ::= ")" ")"{0,2} | "\"" quoted | [^"()] text | "(" text | brackets text | loose
loose ::= [^"()] [^"]* ")"
brackets ::= "(" ([^()] | brackets-2)* ")"
brackets-2 ::= "(" ([^()] | brackets-3)* ")"
brackets-3 ::= "(" [^()]* ")"
"""
r"""An argument from any place in it on, with its end.

`quoted` is the place behind a quote, where a bracket ends it. Brackets are followed
three deep; any of them is read as a character without meaning, too, since some are
never closed. `loose` lets the likes of `"a" + b)` and `"{}".format(b))` end.
"""
_BETWEEN: Final = r"""
blank ::= [ \n]{0,2}
gap ::= [,;.，；。、] blank | [ \n]{1,2}
"""


def command_grammar(enabled: Collection[Tool]) -> Grammar:
    """What may stand between `<|Commands|>:` and the marker that closes the field.

    Args:
        enabled: The tools that may be used; without any only `None` fits.
    """
    names = " | ".join(f'"{tool.value}"' for tool in Tool if tool in enabled)
    if not names:
        rules = 'root ::= blank ("None" gap?)?'
        return Grammar(rules + _BETWEEN, Label.COMMANDS)
    lines = (
        "root ::= blank one-1?",
        *(f"one-{n} ::= one (gap one-{n + 1}?)?" for n in range(1, MAX_COMMANDS)),
        f"one-{MAX_COMMANDS} ::= one gap?",
        f'one ::= "None" | ({names}) "(\\"" text',
    )
    return Grammar("\n".join(lines) + _BETWEEN + _ARGUMENT, Label.COMMANDS)
