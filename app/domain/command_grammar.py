r"""The commands field of MOSS's first stage as a grammar of the enabled tools.

When it is applied: to what a plugin model writes behind `<|Commands|>:`, and to nothing
else. The inner thoughts are free, and so is a model that skips the field. At most
`MAX_COMMANDS` commands can be written, those of other tools cannot be begun, and the
marker that closes the field is possible only where a command is whole.

What it must not do is to make a good answer worse. So every form that MOSS was taught
fits: `None`, and `Name("argument")`, several joined by a comma and a space. Whatever an
argument holds fits too: quotes, brackets, Chinese. What ends an argument is a quote
and a closing bracket, unless the quote stands in brackets of the argument itself, as in
`Search("f("x"), g")`. And where the model would rather do nothing, or close the field
behind a trailing comma, it can: no command is forced upon it. Of what is read besides
(see `app.domain.written_calls`) the field cannot begin with prose, numbers or names of
other functions; the engine then takes the likeliest token that fits instead.

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
_BLANK: Final = r"[ \n]{0,2}"


def command_grammar(enabled: Collection[Tool]) -> Grammar:
    """What may stand between `<|Commands|>:` and the marker that closes the field.

    Args:
        enabled: The tools that may be used; without any only `None` fits.
    """
    none = 'none ::= "None" "."?'
    names = [f'"{tool.value}"' for tool in Tool if tool in enabled]
    if not names:
        return Grammar(f"root ::= {_BLANK} none?\n{none}\n", Label.COMMANDS)
    rules = [f"root ::= {_BLANK} (none | calls-1)?", none]
    for number in range(1, MAX_COMMANDS):
        rest = f'("," {_BLANK} (none | calls-{number + 1})?)?'
        rules.append(f"calls-{number} ::= call {rest}")
    rules.append(f"calls-{MAX_COMMANDS} ::= call")
    rules.append(f'call ::= ({" | ".join(names)}) "(\\"" text')
    return Grammar("\n".join(rules) + _ARGUMENT, Label.COMMANDS)
