"""Which models a server has, and which dialogue one of them was tuned on."""

import re
from typing import Final

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.moss import MOSS_FORMS, Form, Label
from app.engine.backends.remote import failures
from app.engine.backends.remote.exchange import Server

_MOST_NAMES: Final = 8


class Meta(msgspec.Struct):
    """What llama-server adds to a model's name."""

    n_params: int = 0
    size: int = 0
    n_vocab: int = 0
    ftype: str = ""


class Model(msgspec.Struct):
    """A model of a server.

    Attributes:
        id: Its name.
        aliases: Other names that it answers to.
        meta: What else is said of it.
    """

    id: str
    aliases: tuple[str, ...] = ()
    meta: Meta | None = None


class _Listing(msgspec.Struct):
    data: tuple[Model, ...]


def listed(server: Server) -> tuple[Model, ...]:
    """A server's models, in its order.

    Raises:
        UserError: It cannot be asked.
    """
    return server.get("/v1/models", _Listing).data


def chosen(server: Server, name: str) -> Model:
    """The model with this name, or the only one where there is no name.

    Raises:
        UserError: `ErrorCode.SERVER_MODEL`: there is no such model, or it is not
            clear which; the detail lists those that there are.
    """
    models = listed(server)
    for model in models:
        if name == model.id or name in model.aliases:
            return model
    if not name and len(models) == 1:
        return models[0]
    names = [failures.plain(model.id) for model in models]
    more = ["…"] if len(names) > _MOST_NAMES else []
    there = ", ".join([*names[:_MOST_NAMES], *more])
    detail = f"{server.name}: {name} ({there})" if name else f"{server.name}: {there}"
    raise UserError(ErrorCode.SERVER_MODEL, detail)


def form_of(name: str, template: str, *, has_markers: bool) -> Form:
    """A model's form, as far as a server shows it.

    Args:
        name: The model's name.
        template: Its chat template; empty where the server does not say.
        has_markers: Whether it has MOSS's control tokens.

    Returns:
        A `Form`: of a model that is not MOSS's, `CHAT` where there is a template.
    """
    if not has_markers:
        return Form.CHAT if template else Form.BASE
    words = re.split(r"[^a-z]+", name.lower())
    for form in MOSS_FORMS:  # "plugin" before "sft": an sft-plugin is a plugin model
        if form in words:
            return form
    if template and Label.ANSWER in template and Label.THOUGHTS not in template:
        return Form.SFT
    return Form.PLUGIN
