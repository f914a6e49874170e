"""`moss export` and `moss import`: chats to a file and from one."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from app import paths
from app.cli.output import say, speak_utf8
from app.domain.errors import UserError
from app.services.exchange import Exchange, Format, format_of
from app.services.exchange_words import exported_phrases, imported_phrases
from app.services.words import Phrase, explain
from app.store.conversations import ConversationStore
from app.store.database import Database


def export_main(arguments: Sequence[str]) -> int:
    """Reads the arguments behind `moss export` and does what they say."""
    parser = argparse.ArgumentParser(
        prog="moss export", description="Writes chats into one file."
    )
    parser.add_argument("file", metavar="FILE", type=_absolute, help="is overwritten")
    parser.add_argument(
        "--format",
        choices=[kind.value for kind in Format],
        help="json keeps everything and can be imported again; training is MOSS's "
        "own layout; preferences are pairs for training (default: what FILE's name "
        "says, or json)",
    )
    parser.add_argument(
        "--chat",
        action="append",
        metavar="ID",
        help="a chat, by its id or the beginning of its title; may be given again "
        "(default: all that are not in the trash)",
    )
    options = parser.parse_args(arguments)
    kind = Format(options.format) if options.format else format_of(options.file)
    return _run(
        lambda exchange: _export(exchange, options.file, kind, chats=options.chat)
    )


def import_main(arguments: Sequence[str]) -> int:
    """Reads the arguments behind `moss import` and does what they say."""
    parser = argparse.ArgumentParser(
        prog="moss import",
        description="Takes in chats of MOSS Desktop, ChatGPT, Claude, GPT4All, Jan, "
        "LM Studio or Open WebUI.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        type=_absolute,
        help="a file, a ZIP archive or a folder; its contents say whose it is",
    )
    options = parser.parse_args(arguments)
    return _run(lambda exchange: _import(exchange, options.file))


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _run(use: Callable[[Exchange], int]) -> int:
    """Opens the archive, uses it, and says what went wrong."""
    speak_utf8()
    found = paths.find()
    try:
        with Database(found.archive, or_read=True) as database:
            store = ConversationStore(database)
            return use(Exchange(store, found.pictures))
    except UserError as error:
        say(explain(error))
        return 1


def _export(
    exchange: Exchange, file: Path, kind: Format, *, chats: Sequence[str] | None
) -> int:
    ids = None
    if chats is not None:
        ids = [_id(exchange.archive, chat) for chat in chats]
    done = exchange.export(file, kind, ids=ids)
    _print(exported_phrases(done))
    return 1 if done.missing else 0


def _id(store: ConversationStore, chat: str) -> str:
    """The id that a chat's id or the beginning of its title means."""
    summaries = store.summaries()
    titled = [s.id for s in summaries if s.title.lower().startswith(chat.lower())]
    known = any(summary.id == chat for summary in summaries)
    return titled[0] if titled and not known else chat


def _import(exchange: Exchange, file: Path) -> int:
    done = exchange.import_(file)
    _print(imported_phrases(done))
    if done.stopped is not None:
        say(explain(done.stopped))
    return 0 if done.chats and done.stopped is None else 1


def _print(phrases: Iterable[Phrase]) -> None:
    for phrase in phrases:
        print(phrase.english)
