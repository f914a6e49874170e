"""What is done to a template's syntax tree before Jinja compiles it.

Literal text is marked as the template's own. Each value is counted when it is used and
when it is made, and so is each turn of a loop and each call of a macro: a template can
repeat itself in no other way. It is done with filters whose names have a space, which
no template can write.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes, pass_context
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from typing_extensions import override

from app.engine.templates.budget import Budget
from app.engine.templates.filters import text_of
from app.engine.templates.marked_text import MarkedText

_OWN: Final = "own text"
_JOINED: Final = "joined text"
_LOADED: Final = "loaded value"
_MADE: Final = "made value"
_STEP: Final = "one step"
_A_TURN: Final = 8
"""Units for a turn of a loop or a call of a macro."""
_KNOWN: Final = (
    nodes.Template, nodes.Output, nodes.For, nodes.If, nodes.Macro, nodes.CallBlock,
    nodes.FilterBlock, nodes.With, nodes.Assign, nodes.AssignBlock, nodes.Continue,
    nodes.Break, nodes.Name, nodes.NSRef, nodes.Literal, nodes.Pair, nodes.Keyword,
    nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr,
    nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand, nodes.BinExpr,
    nodes.UnaryExpr, nodes.ExtensionAttribute,
)  # fmt: skip
_COUNTED: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Name: _LOADED,
    nodes.Getattr: _LOADED,
    nodes.Getitem: _LOADED,
    nodes.Call: _MADE,
    nodes.Filter: _MADE,
    nodes.List: _MADE,
    nodes.Tuple: _MADE,
    nodes.Dict: _MADE,
    nodes.Add: _MADE,
    nodes.Sub: _MADE,
    nodes.Mul: _MADE,
    nodes.Div: _MADE,
    nodes.FloorDiv: _MADE,
    nodes.Mod: _MADE,
    nodes.Pow: _MADE,
}


def rewrite(tree: nodes.Template) -> None:
    """Puts marks and counters into a syntax tree.

    Raises:
        TypeError: The tree holds something that chat templates have no use for.
    """
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _KNOWN):
            msg = f"line {node.lineno} has {type(node).__name__}, which no chat needs"
            raise TypeError(msg)
    _Rewriting().visit(tree)


class _Rewriting(NodeTransformer):
    """Replaces a node by one around it."""

    @override
    def generic_visit(
        self, node: nodes.Node, *args: object, **kwargs: object
    ) -> nodes.Node:
        node = super().generic_visit(node, *args, **kwargs)
        counter = _COUNTED.get(type(node))
        # A name or a tuple can be what a value is stored in.
        if counter is None or getattr(node, "ctx", "load") != "load":
            return node
        return _filtered(node, counter)

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802
        """Text between tags."""
        return _filtered(nodes.Const(node.data, lineno=node.lineno), _OWN)

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802
        """A literal."""
        return _filtered(node, _OWN) if isinstance(node.value, str) else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """The operator `~`, for which Jinja would make a plain string."""
        parts = [self.visit(part) for part in node.nodes]
        return _filtered(nodes.List(parts, lineno=node.lineno), _JOINED)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        """A loop; its condition is tried for items that it leaves out too."""
        self.generic_visit(node)
        node.body.insert(0, _step(node))
        if node.test is not None:
            node.test = nodes.And(_counted_step(node), node.test, lineno=node.lineno)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        """A macro, which may call itself."""
        self.generic_visit(node)
        node.body.insert(0, _step(node))
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802
        """A call with a body; Jinja wants the call itself to stay what it is."""
        super().generic_visit(node.call)
        node.defaults = [self.visit(default) for default in node.defaults]
        node.body = [_step(node), *map(self.visit, node.body)]
        return node


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _counted_step(node: nodes.Node) -> nodes.Expr:
    return _filtered(nodes.Const(1, lineno=node.lineno), _STEP)


def _step(node: nodes.Node) -> nodes.Stmt:
    return nodes.ExprStmt(_counted_step(node), lineno=node.lineno)


# A filter that takes the context is never worked out when a template is compiled.
@pass_context
def _own(_context: Context, text: str) -> MarkedText:
    return MarkedText.own(text)


@pass_context
def _joined(context: Context, parts: list[object]) -> MarkedText:
    text = MarkedText().join(map(text_of, parts))
    _budget(context).make(text)
    return text


@pass_context
def _loaded(context: Context, value: object) -> object:
    _budget(context).load(value)
    return _marked(value)


@pass_context
def _made(context: Context, value: object) -> object:
    _budget(context).make(value)
    return _marked(value)


@pass_context
def _step_taken(context: Context, value: int) -> int:
    _budget(context).spend(_A_TURN)
    return value


def _marked(value: object) -> object:
    """The value; plain text as foreign text, whose methods keep marks."""
    plain = isinstance(value, str) and not isinstance(value, MarkedText)
    return text_of(value) if plain else value


def _budget(context: Context) -> Budget:
    budget: Budget = context.environment.budget  # type: ignore[attr-defined]
    return budget


COUNTERS: Final[Mapping[str, Callable[..., Any]]] = {
    _OWN: _own,
    _JOINED: _joined,
    _LOADED: _loaded,
    _MADE: _made,
    _STEP: _step_taken,
}
"""The filters that a rewritten tree uses."""
