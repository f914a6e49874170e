"""The grammar of the commands field, as text; what it does is tried on an engine."""

from itertools import chain, combinations

import pytest

from app.domain.command_grammar import command_grammar
from app.domain.tools import Tool
from app.engine import gbnf

SETS = list(chain.from_iterable(combinations(Tool, n) for n in range(len(Tool) + 1)))


@pytest.mark.parametrize("enabled", SETS)
def test_only_the_enabled_tools_are_named(enabled):
    grammar = command_grammar(enabled)
    gbnf.check(grammar.rules)
    assert grammar.after == "<|Commands|>:"
    named = {tool for tool in Tool if f'"{tool.value}"' in grammar.rules}
    assert named == set(enabled)


def test_the_grammar_is_the_same_for_the_same_tools():
    assert command_grammar(list(Tool)) == command_grammar(set(Tool))
    assert command_grammar([Tool.SOLVE]) != command_grammar([])
