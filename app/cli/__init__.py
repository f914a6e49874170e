"""The same chat in a terminal: the same services, driven by a blocking loop.

Standard output holds the conversation (or one JSON object) and nothing else; progress
and errors go to standard error.
"""

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.cli.output import say, speak_utf8
from app.cli.session import Session
from app.domain import tools
from app.domain.conversation import Message, MessageState
from app.domain.errors import UserError
from app.domain.generation import Usage
from app.paths import Paths
from app.services.sources import ModelSource
from app.services.words import explain

SAMPLE_QUESTION: Final = "What is 37*48?"


def chat(paths: Paths, *, model: ModelSource | None) -> int:
    """Chats on the terminal, or answers each line of a standard input that is none."""
    speak_utf8()
    try:
        session = Session.open(paths, archive=paths.archive, quiet=False)
    except UserError as error:
        say(explain(error))
        return 1
    try:
        if not session.load(model):
            return 1
        return _interactive(session) if sys.stdin.isatty() else _piped(session)
    finally:
        session.close()


def answer_once(
    paths: Paths, prompt: str, *, model: ModelSource | None, as_json: bool
) -> int:
    """Answers one question and keeps nothing."""
    speak_utf8()
    with TemporaryDirectory(prefix="moss-") as folder:
        archive = Path(folder) / "chats.sqlite3"
        try:
            session = Session.open(paths, archive=archive, quiet=as_json)
        except UserError as error:
            say(explain(error))
            return 1
        try:
            reply = session.ask(prompt) if session.load(model) else None
        finally:
            session.close()
    if reply is None:
        return 1
    if as_json:
        print(json.dumps(_as_json(reply), ensure_ascii=False, indent=2))
    return 0 if reply.state is MessageState.COMPLETE else 1


def _interactive(session: Session) -> int:
    with suppress(ImportError):  # Windows has its own line editing.
        import readline  # noqa: F401, PLC0415 -- gives `input` arrow keys and a history
    name = session.screen.model.name if session.screen.model else "MOSS"
    session.prepare()
    print(f"{name}. Ctrl+C stops an answer, Ctrl+D ends the chat.")
    while True:
        try:
            text = input("\nYou: ")
        except KeyboardInterrupt:
            print()
            continue
        except EOFError:
            print()
            return 0
        if text.strip():
            session.ask(text)


def _piped(session: Session) -> int:
    """Answers each line; with no line at all, one sample question."""
    answered = True
    for text in _questions():
        answered = _piped_turn(session, text) and answered
    return 0 if answered else 1


def _piped_turn(session: Session, text: str) -> bool:
    print(f"> {text}", flush=True)
    reply = session.ask(text)
    return reply is not None and reply.state is MessageState.COMPLETE


def _questions() -> Iterable[str]:
    asked = False
    for line in sys.stdin:
        text = line.strip()
        if text:
            asked = True
            yield text
    if not asked:
        yield SAMPLE_QUESTION


def _as_json(reply: Message) -> dict[str, object]:
    """One reply for scripts; times in seconds."""
    usage = reply.usage or Usage()
    return {
        "answer": reply.text,
        "thoughts": reply.thoughts,
        "commands": [
            {
                "name": call.command.tool.value,
                "argument": call.command.argument,
                "state": call.state.value,
                "result": call.result,
            }
            for call in reply.calls
        ],
        "results": tools.results_field(reply.calls).strip(),
        "state": reply.state.value,
        "model": reply.model,
        "tokens": {
            "prompt": usage.prompt_tokens,
            "cached": usage.cached_tokens,
            "generated": usage.generated_tokens,
        },
        "seconds": {
            "prompt": round(usage.prompt_seconds, 4),
            "generate": round(usage.generate_seconds, 4),
        },
        "seed": usage.seed,
    }
