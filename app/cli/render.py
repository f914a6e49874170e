"""`moss render`: a recorded conversation as the text that MOSS was trained with.

The text goes to standard output as it is, with no newline added; with a model the
token ids follow in a line of their own, as a JSON list. What a person or a tool wrote
is tokenized as text, only the markers between the fields as control tokens.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

from app import paths
from app.cli.output import say, speak_utf8
from app.domain.errors import UserError
from app.domain.generation import Segment
from app.domain.moss.dialogue import Dialogue, NoDialogueError, render
from app.domain.moss.training import dialogue_from
from app.engine import protocol
from app.engine.client import EngineClient, command_line
from app.paths import Paths
from app.services.words import explain

_SMALL_CONTEXT: Final = 256
"""Tokens of context: nothing is evaluated, so the least that a model takes."""
_Event = TypeVar("_Event", protocol.Loaded, protocol.Tokenized)


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments behind `moss render` and does what they say."""
    parser = argparse.ArgumentParser(
        prog="moss render",
        description="Prints recorded conversations as the text that MOSS was trained "
        "with.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        type=_absolute,
        help="a conversation in MOSS's training layout, a list of them, or one a line",
    )
    parser.add_argument(
        "--model",
        metavar="GGUF",
        type=_absolute,
        help="print the token ids too, in a line of their own",
    )
    parser.add_argument(
        "--json", action="store_true", help="print an object a line: text, tokens"
    )
    options = parser.parse_args(arguments)
    return show(paths.find(), options.file, model=options.model, as_json=options.json)


def _absolute(text: str) -> Path:
    """A path that stays right in the engine, which runs elsewhere."""
    return Path(text).expanduser().absolute()


def show(found: Paths, source: Path, *, model: Path | None, as_json: bool) -> int:
    """Renders every conversation of a file.

    Args:
        found: Where the engine finds its modules.
        source: A conversation, a list of them, or one a line, as JSON.
        model: Whose tokenizer shows the token ids; None shows none.
        as_json: Prints an object a line, with `text` and, with a model, `tokens`.

    Returns:
        The exit code: 1 when a conversation could not be read, or the model.
    """
    speak_utf8()
    try:
        segments = [render(dialogue) for dialogue in _dialogues(source)]
        tokens = _tokenized(found, model, segments) if model else None
    except (OSError, NoDialogueError) as error:
        say(f"{source.name}: {error}")
        return 1
    except UserError as error:
        say(explain(error))
        return 1
    for index, prompt in enumerate(segments):
        _print(prompt, None if tokens is None else tokens[index], as_json=as_json)
    return 0


def _print(
    prompt: Sequence[Segment], tokens: Sequence[int] | None, *, as_json: bool
) -> None:
    text = "".join(segment.text for segment in prompt)
    if as_json:
        found = {"text": text} if tokens is None else {"text": text, "tokens": tokens}
        print(json.dumps(found, ensure_ascii=False))
        return
    sys.stdout.write(text)
    if tokens is not None:
        print(json.dumps(tokens))


def _dialogues(source: Path) -> Iterator[Dialogue]:
    """The file's conversations.

    Raises:
        NoDialogueError: With the place in the file.
        OSError: It cannot be read.
    """
    for place, conversation in _conversations(source):
        try:
            yield dialogue_from(conversation)
        except NoDialogueError as error:
            message = f"{place}{error}"
            raise NoDialogueError(message) from error


def _conversations(source: Path) -> Iterator[tuple[str, object]]:
    """Each conversation's JSON value, and where it is, for messages."""
    try:
        text = source.read_bytes().decode("utf-8-sig")
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield from _lines(source, error)
        return
    if isinstance(value, list):
        for index, conversation in enumerate(value, 1):
            yield f"conversation {index}: ", conversation
    else:
        yield "", value


def _lines(source: Path, problem: Exception) -> Iterator[tuple[str, object]]:
    """One conversation a line, for a file that is not JSON as a whole.

    Raises:
        NoDialogueError: A line is not JSON either.
    """
    lines = source.read_bytes().split(b"\n")
    values: list[tuple[str, object]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                values.append((f"line {number}: ", json.loads(line)))
            except (ValueError, RecursionError):
                message = f"neither JSON ({problem}) nor JSON in every line ({number})"
                raise NoDialogueError(message) from None
    if not values:
        message = "the file is empty"
        raise NoDialogueError(message)
    yield from values


def _tokenized(
    found: Paths, model: Path, prompts: Sequence[tuple[Segment, ...]]
) -> list[tuple[int, ...]]:
    """The token ids of prompts.

    Raises:
        UserError: The model cannot be loaded, or the engine was lost.
    """
    with EngineClient(command_line(modules=found.modules)) as engine:
        engine.send(protocol.Load(str(model), context=_SMALL_CONTEXT))
        _wait(engine, protocol.Loaded)
        tokens: list[tuple[int, ...]] = []
        for index, prompt in enumerate(prompts):
            engine.send(protocol.Tokenize(str(index), prompt))
            tokens.append(_wait(engine, protocol.Tokenized).tokens)
        return tokens


def _wait(engine: EngineClient, wanted: type[_Event]) -> _Event:
    """The next event of a kind; the others are about loading."""
    while not isinstance(event := engine.receive(), wanted):
        if isinstance(event, protocol.Failed):
            raise UserError(event.code, event.detail)
    return event
