"""The filters of chat templates: Jinja's own where they are harmless, and ours.

Each is known to make no more than a few times what it is given, and to end. Jinja's own
keep marks where they only call a method of the text.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jinja2 import Environment, pass_environment
from jinja2.filters import FILTERS as JINJA_FILTERS, do_indent, make_attrgetter

from app.engine.templates.budget import BudgetError
from app.engine.templates.marked_text import MarkedText

_HARMLESS: Final = (
    "abs capitalize count d default dictsort first float int items last length list "
    "lower map max min reject rejectattr reverse select selectattr sort string title "
    "trim unique upper"
)
_MOST_INDENT: Final = 16


def text_of(value: object) -> MarkedText:
    """Any value as text; its marks, if it has some."""
    return MarkedText(value if isinstance(value, str) else str(value))


def _escape(value: object) -> MarkedText:
    return MarkedText(str(JINJA_FILTERS["escape"](text_of(value))))


def _indent(text: str, width: int | str = 4, *flags: bool, **named: bool) -> MarkedText:
    _check_indent(width)
    return MarkedText(do_indent(text, width, *flags, **named))


@pass_environment
def _join(
    environment: Environment,
    value: Iterable[object],
    *options: str,
    **named: str,
) -> MarkedText:
    between, attribute = _joining(*options, **named)
    if attribute is not None:
        value = map(make_attrgetter(environment, attribute), value)
    return text_of(between).join(map(text_of, value))


def _joining(d: str = "", attribute: str | None = None) -> tuple[str, str | None]:
    """The arguments of `join`, by the names that Jinja gives them."""
    return d, attribute


def _replace(text: str, *words: str, count: int | None = None) -> MarkedText:
    old, new, *most = words
    times = most[0] if most else count
    return text_of(text).replace(
        text_of(old), text_of(new), -1 if times is None else int(times)
    )


def _to_json(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002  (Hugging Face's interface)
    indent: int | str | None = None,
    *,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> MarkedText:
    _check_indent(indent)
    text = json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )
    return MarkedText(text)


def _check_indent(width: int | str | None) -> None:
    size = len(width) if isinstance(width, str) else width or 0
    if size > _MOST_INDENT:
        msg = "it indents too far"
        raise BudgetError(msg)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: JINJA_FILTERS[name] for name in _HARMLESS.split()},
    "e": _escape,
    "escape": _escape,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    # Nothing is escaped here, so nothing has to be kept from it.
    "safe": text_of,
    "tojson": _to_json,
}
"""What a template may use after `|`."""
