"""How a setting is declared: once, as a field of `app.store.settings.Settings`.

The field has the name, the type and the default; `shown` adds where the setting is
shown, what range it has, and when a change takes effect. What it is called and what
it does is said in `app.services.setting_words`. A field without `shown` is kept in the
same file, but is no setting that a user looks for: the place of the window, say.
"""

import types
from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from enum import Enum, StrEnum, auto
from typing import (
    Any,
    Final,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

_DECLARED: Final = "declared"
_SECRETLESS: Final = frozenset("@ \t\r\n")
"""A password in an address would stand in the file for everyone to read."""
_LONGEST: Final = 4096


class Section(Enum):
    """Where a setting is shown, in this order."""

    GENERAL = auto()
    APPEARANCE = auto()
    HARDWARE = auto()
    TOOLS = auto()
    NETWORK = auto()
    DATA = auto()
    ADVANCED = auto()


class Effect(Enum):
    """When a change takes effect."""

    NOW = auto()
    LOADING = auto()
    """As soon as the model is loaded again."""
    START = auto()
    """When the program is started again."""


class Unit(Enum):
    """What a number counts."""

    NONE = auto()
    PERCENT = auto()
    TOKENS = auto()
    DAYS = auto()
    GIGABYTES = auto()
    KILOBYTES_A_SECOND = auto()


class Form(Enum):
    """What a value is, and so how it is changed."""

    SWITCH = auto()
    CHOICE = auto()
    NUMBER = auto()
    LAYERS = auto()
    """A number of layers of the model that is in use."""
    PARTS = auto()
    """Numbers of which each says how much of the whole it is."""
    ADDRESS = auto()
    FOLDER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a number may be.

    Attributes:
        low: The smallest.
        high: The largest.
        step: From one to the next when it is changed by arrows.
        unit: What it counts.
    """

    low: int = 0
    high: int = 0
    step: int = 1
    unit: Unit = Unit.NONE


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a field adds to its name, type and default."""

    section: Section
    effect: Effect
    form: Form | None
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One setting.

    Attributes:
        key: Its name in the file and in `Settings`.
        kind: Its type.
        default: What holds until the user decides.
        section: Where it is shown.
        effect: When a change takes effect.
        form: What its value is.
        optional: Whether None is a value, which leaves the choice to the program.
        choices: The values of a `Form.CHOICE`, None among them where it is optional.
        bounds: Of numbers.
    """

    key: str
    kind: Any
    default: Any
    section: Section
    effect: Effect
    form: Form
    optional: bool
    choices: tuple[Any, ...]
    bounds: Bounds

    def accepts(self, value: object) -> bool:
        """Whether a value of the right type is within what is allowed."""
        if value is None or value == self.default:
            return True
        match self.form:
            case Form.NUMBER | Form.LAYERS:
                return isinstance(value, int) and self._within(value)
            case Form.PARTS:
                return isinstance(value, tuple) and self._are_parts(value)
            case Form.ADDRESS:
                return isinstance(value, str) and _is_address(value)
            case Form.FOLDER:
                return isinstance(value, str) and _is_line(value)
            case _:
                return True

    def _are_parts(self, values: tuple[float, ...]) -> bool:
        return all(map(self._within, values)) and (not values or sum(values) > 0)

    def _within(self, number: float) -> bool:
        return self.bounds.low <= number <= self.bounds.high


def shown(
    section: Section,
    *,
    effect: Effect = Effect.NOW,
    form: Form | None = None,
    bounds: Bounds = Bounds(),
) -> dict[str, Any]:
    """What a dataclass field says of itself where it is a setting.

    Args:
        section: Where it is shown.
        effect: When a change takes effect.
        form: What its value is, where the type does not say it.
        bounds: Of numbers.

    Returns:
        Metadata for `dataclasses.field`.
    """
    return {_DECLARED: _Shown(section, effect, form, bounds)}


def declarations_of(settings: type) -> Iterator[Declaration]:
    """The declared settings of a dataclass, section by section."""
    hints = get_type_hints(settings)
    found = [
        _declaration(entry, hints[entry.name])
        for entry in fields(settings)
        if _DECLARED in entry.metadata
    ]
    yield from sorted(found, key=lambda each: each.section.value)


def _declaration(entry: Field[Any], kind: Any) -> Declaration:  # noqa: ANN401 -- a type
    details: _Shown = entry.metadata[_DECLARED]
    bare, optional = _without_none(kind)
    form = details.form or _form(bare, optional=optional)
    choices: tuple[Any, ...] = ()
    if form is Form.CHOICE:
        choices = tuple(bare) if bare is not bool else (True, False)
        choices = (None, *choices) if optional else choices
    return Declaration(
        key=entry.name,
        kind=kind,
        default=entry.default,
        section=details.section,
        effect=details.effect,
        form=form,
        optional=optional,
        choices=choices,
        bounds=details.bounds,
    )


def _without_none(kind: Any) -> tuple[Any, bool]:  # noqa: ANN401 -- types
    """A type without `| None`, and whether that was there."""
    if get_origin(kind) in (Union, types.UnionType):
        [bare] = (part for part in get_args(kind) if part is not type(None))
        return bare, True
    return kind, False


def _form(kind: Any, *, optional: bool) -> Form:  # noqa: ANN401 -- a type
    if kind is bool:
        return Form.CHOICE if optional else Form.SWITCH
    if kind is int:
        return Form.NUMBER
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Form.CHOICE
    return Form.PARTS


def _is_address(text: str) -> bool:
    """Whether this may be the address of a server, without a name and a password."""
    scheme, separator, rest = text.partition("://")
    known = scheme in ("https", "http") and bool(separator) and bool(rest.strip("/"))
    return known and _is_line(text) and not _SECRETLESS & set(rest)


def _is_line(text: str) -> bool:
    return len(text) <= _LONGEST and text.isprintable()
