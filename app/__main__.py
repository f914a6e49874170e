"""Entry point: arguments, and which of the programs is meant.

An option of `app.children` makes this one of the program's children; it comes first,
and everything after it belongs to the child.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from app import __version__, children, frozen, paths
from app.domain.errors import UserError
from app.services import sources, words

_INTERRUPTED = 130
"""What shells report of a program that Ctrl+C has ended."""
_MODEL_ENDING = ".gguf"
_UNREAD = 141
"""What they report of one whose output nobody reads any more."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs MOSS Desktop.

    Args:
        argv: Arguments without the program's name; None takes the process's own.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    frozen.settle()
    child = children.named(arguments)
    if child is not None:
        children.run(child, arguments)
        return 0
    try:
        if arguments and arguments[0] in _SUBCOMMANDS:
            return _SUBCOMMANDS[arguments[0]](arguments[1:])
        return _run(_parser().parse_args(arguments))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not try to write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD


def _run(options: argparse.Namespace) -> int:
    found = paths.find()
    if options.prompt is not None:
        # Imported late: each program pays for its own libraries only.
        from app import cli  # noqa: PLC0415

        return cli.answer_once(
            found, options.prompt, model=options.model, as_json=options.json
        )
    if options.cli or not _has_display():
        from app import cli  # noqa: PLC0415

        return cli.chat(found, model=options.model)
    from app import application  # noqa: PLC0415

    opened: Path | None = options.open
    if opened is None or opened.suffix.lower() == _MODEL_ENDING:
        return application.run(found, opened or options.model)
    return application.run(found, options.model, chats=opened)


def _doctor(arguments: Sequence[str]) -> int:
    from app.cli.doctor import doctor  # noqa: PLC0415

    options = _doctor_parser().parse_args(arguments)
    return doctor(paths.find(), model=options.model, as_json=options.json)


def _tools(arguments: Sequence[str]) -> int:
    from app.cli import tool_list  # noqa: PLC0415

    options = _tools_parser().parse_args(arguments)
    found = paths.find()
    if options.set:
        return tool_list.permit(found, options.set)
    if options.log:
        return tool_list.show_log(found)
    return tool_list.show_tools(found)


def _tools_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moss tools",
        description="Lists the tools that MOSS can use: what each does, whether it may "
        "run, for how long, and what it lacks.",
    )
    parser.add_argument(
        "--log",
        action="store_true",
        help="list instead what tools did: commands and network requests",
    )
    parser.add_argument(
        "--set",
        metavar="NAME=never|ask|always",
        help="decide whether a tool may run",
    )
    return parser


def _doctor_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moss doctor",
        description="Says which devices and how much memory this computer has, which "
        "sizes of MOSS would fit, and how fast a model is. What it prints holds no "
        "paths and no file names.",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON; sizes in bytes"
    )
    parser.add_argument(
        "--model",
        metavar="FILE",
        type=_absolute,
        help="the GGUF file to measure (default: the last one, or the demo)",
    )
    return parser


def _tool(arguments: Sequence[str]) -> int:
    from app.cli import tool  # noqa: PLC0415

    return tool.main(arguments)


def _render(arguments: Sequence[str]) -> int:
    from app.cli import render  # noqa: PLC0415

    return render.main(arguments)


def _export(arguments: Sequence[str]) -> int:
    from app.cli import exchange  # noqa: PLC0415

    return exchange.export_main(arguments)


def _import(arguments: Sequence[str]) -> int:
    from app.cli import exchange  # noqa: PLC0415

    return exchange.import_main(arguments)


def _self_test(_arguments: Sequence[str]) -> int:
    from app.cli.self_test import self_test  # noqa: PLC0415

    return self_test(paths.find())


_SUBCOMMANDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {
    "doctor": _doctor,
    "tool": _tool,
    "tools": _tools,
    "render": _render,
    "export": _export,
    "import": _import,
    "self-test": _self_test,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moss",
        description="MOSS, Fudan University's open chat model, on your own computer. "
        "Opens a window, or a chat in the terminal where there is no display.",
        epilog="moss doctor says what this computer has and what fits on it, "
        "moss tools lists the tools, moss tool runs MOSS's commands, moss render shows "
        "recorded conversations, moss export and moss import take chats out and in, "
        "moss self-test tries every part of this copy.",
    )
    parser.add_argument(
        "--cli", action="store_true", help="chat in the terminal, display or not"
    )
    parser.add_argument(
        "--prompt", metavar="TEXT", help="answer one question and end; nothing is kept"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="with --prompt: print answer, thoughts, commands, results, token counts "
        "and timings as JSON",
    )
    parser.add_argument(
        "--model",
        metavar="FILE|URL",
        type=_source,
        help="a GGUF file made by moss-convert, or https://HOST:PORT#NAME of a model "
        "on a server, whose key is read from MOSS_SERVER_KEY (default: the last one, "
        "or the demo)",
    )
    parser.add_argument(
        "--open",
        metavar="FILE",
        nargs="?",
        type=_absolute,
        help="a file to open in the window, as file managers do: a model, or chats to "
        "take in",
    )
    parser.add_argument("--version", action="version", version=f"moss {__version__}")
    return parser


def _absolute(text: str) -> Path:
    """A path that stays right in child processes, which run elsewhere."""
    return Path(text).expanduser().absolute()


def _source(text: str) -> sources.ModelSource:
    """A link, or a path."""
    try:
        source = sources.parse(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(words.explain(error)) from error
    return _absolute(text) if isinstance(source, Path) else source


def _has_display() -> bool:
    """Whether a window can be shown; says it where a display is named in vain."""
    from app.ui import display  # noqa: PLC0415

    if display.available():
        return True
    if os.environ.get("DISPLAY"):
        print("The display cannot be used; this is the terminal.", file=sys.stderr)
    return False


if __name__ == "__main__":
    sys.exit(main())
