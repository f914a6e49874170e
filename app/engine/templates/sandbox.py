"""Jinja's sandbox as chat templates know it, with marks and on a budget.

What Hugging Face's `apply_chat_template` offers: `trim_blocks` and `lstrip_blocks`,
`break` and `continue`, `{% generation %}`, `raise_exception`, `strftime_now`, and a
`tojson` that leaves characters as they are. Beyond that, a template's syntax tree is
rewritten before it is compiled (see `rewriting`), and which filters and methods there
are is a list of what is known to be harmless.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from typing_extensions import override

from app.engine.templates.budget import (
    Budget,
    BudgetError,
    check_power,
    check_product,
)
from app.engine.templates.filters import FILTERS
from app.engine.templates.marked_text import MarkedText
from app.engine.templates.rewriting import COUNTERS

_STRING_METHODS: Final = """
    capitalize count endswith find format index isalnum isalpha isascii isdecimal
    isdigit islower isnumeric isspace istitle isupper join lower lstrip partition
    removeprefix removesuffix replace rfind rindex rpartition rsplit rstrip split
    splitlines startswith strip title upper
"""
_METHODS: Final[Mapping[type, Collection[str]]] = {
    str: frozenset(_STRING_METHODS.split()),
    dict: ("get", "items", "keys", "values"),
    list: ("count", "index"),
    tuple: ("count", "index"),
}
"""What a template may call of a value."""
_MOST_FORMAT: Final = 64


class Sandbox(ImmutableSandboxedEnvironment):
    """Where one template is compiled and rendered.

    Attributes:
        budget: What the rendering under way has left.
        now: What `strftime_now` tells.
    """

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "**", "%"])

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[LoopControlExtension, Generation],
        )
        self.budget = Budget()
        self.now = datetime.min.replace(tzinfo=UTC)
        self.filters = {**FILTERS, **COUNTERS}
        self.globals["raise_exception"] = _raise_exception
        self.globals["strftime_now"] = self._time
        del self.globals["lipsum"]

    # Macros, `{% set %}` blocks and templates put their parts together with this.
    @override
    def concat(self, parts: Iterable[str]) -> MarkedText:
        """Text from its parts, counted."""
        text = MarkedText().join(parts)
        self.budget.make(text)
        return text

    @override
    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        kinds = (kind for kind in _METHODS if isinstance(obj, kind))
        kind = next(kinds, None)
        if kind is not None:
            return attr in _METHODS[kind]
        return super().is_safe_attribute(obj, attr, value)

    @override
    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        # `MarkedText.format` knows bare fields only, and keeps marks.
        return None

    @override
    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        match operator:
            case "*":
                check_product(left, right)
            case "**":
                check_power(left, right)
            case "%" if isinstance(left, str):
                msg = "it formats text with %"
                raise BudgetError(msg)
            case _:
                pass
        return super().call_binop(context, operator, left, right)

    def _time(self, text: str) -> str:
        return self.now.strftime(text[:_MOST_FORMAT])


class Generation(Extension):
    """`{% generation %}`: what the model wrote; of no account here."""

    tags = {"generation"}  # noqa: RUF012  (Jinja's interface)

    @override
    def parse(self, parser: Parser) -> nodes.CallBlock:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        call = self.call_method("written")
        return nodes.CallBlock(call, [], [], body, lineno=line)

    def written(self, caller: Callable[[], str]) -> str:
        """The text between the tags."""
        return caller()


def _raise_exception(message: str) -> NoReturn:
    """How a template refuses a conversation."""
    raise TemplateError(message)
