"""What must be in the archive after a kill, told by the record that survived it.

What was reported as done is there, as it was; what was under way is there as a whole or
not at all; nothing is there twice. It goes on from one run of the program to the next,
so that a later kill may not take what an earlier one has left.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.conversation import MessageState, Role
from app.store import backups
from app.store.conversations import ConversationStore
from app.store.database import Database

COLUMNS = {"thoughts": "thoughts", "commands": "commands", "answer": "text"}
"""Where the parts of a reply are kept."""
KEPT = ("state", "text", "thoughts")


@dataclass(slots=True)
class Known:
    """A message of which something was seen.

    Attributes:
        chat: Its chat.
        parent: The message it follows.
        at: When it was seen first, in seconds.
        final: Its values once it was finished; None while it is written.
        pieces: When what came of which part.
        is_there: Whether it is to be seen; None where either may be.
    """

    chat: str
    parent: str | None
    at: float
    final: dict | None = None
    pieces: list = field(default_factory=list)
    is_there: bool | None = True


@dataclass(slots=True)
class Import:
    """Chats of one file: the ids of each one's messages."""

    chats: list[list[str]]
    done: bool = False


@dataclass(frozen=True)
class Row:
    """A message's record."""

    id: str
    conversation: str
    parent: str | None
    role: str
    created: int
    state: str
    text: str
    thoughts: str
    commands: str
    trashed: int | None


class Ledger:
    """Takes the records of runs, and compares them with what is in the archive.

    Attributes:
        lags: How old the oldest text was that a kill took, in seconds, for each kill
            that took any.
        seen: What was under way at the kills, and how often.
        finished: How many finished messages have to be there.
    """

    def __init__(self) -> None:
        self.lags: list[float] = []
        self.seen: Counter[str] = Counter()
        self._messages: dict[str, Known] = {}
        self._chats: dict[str, bool | None] = {}
        self._titles: dict[str, str | None] = {}
        self._sent: dict[str, bool] = {}
        self._imports: list[Import] = []
        self._exports: dict[str, bool] = {}
        self._forks: list[tuple[str, str]] = []
        self._open: dict | None = None
        self._gone: tuple[str, list[str]] = ("", [])
        self._strangers: set[str] = set()

    @property
    def finished(self) -> int:
        return len(self._messages)

    # -- what was recorded -----------------------------------------------------------

    def take(self, lines: list[dict]) -> None:
        """Takes the record of one run, to its end."""
        self._open = None
        for line in lines:
            match line["what"]:
                case "message":
                    self._take_message(line)
                case "text":
                    piece = (line["at"], COLUMNS[line["part"]], line["text"])
                    self._messages[line["id"]].pieces.append(piece)
                case "begin":
                    self._open = line
                    self._begin(line)
                case "end":
                    assert self._open is not None
                    self._end(self._open, line)
                    self._open = None
                case "failed":
                    raise AssertionError(line)
        under_way = self._open["action"] if self._open else "nothing"
        if any(known.final is None for known in self._messages.values()):
            under_way = "a reply"
        self.seen[under_way] += 1

    def _take_message(self, line: dict) -> None:
        known = self._messages.setdefault(
            line["id"], Known(line["chat"], line["parent"], line["at"])
        )
        self._chats.setdefault(line["chat"], True)
        if line["state"] != MessageState.STREAMING:
            final = {name: line[name] for name in KEPT}
            if final["state"] == MessageState.INTERRUPTED:
                # Said of what a kill has interrupted; its record still says otherwise.
                final["state"] = (known.final or final)["state"]
            known.final = final

    def _begin(self, line: dict) -> None:
        match line["action"]:
            case "send":
                self._sent[line["text"]] = False
            case "delete":
                self._gone = ("messages", line["ids"])
                self._mark(is_there=None)
            case "delete chat":
                self._gone = ("chat", [line["chat"]])
                self._mark(is_there=None)
            case "undo":
                self._mark(is_there=None)
            case "rename":
                self._titles[line["chat"]] = None
            case "import":
                self._imports.append(Import(line["chats"]))
            case "export":
                self._exports[line["path"]] = False

    def _end(self, begun: dict, ended: dict) -> None:
        match begun["action"]:
            case "send":
                self._sent[begun["text"]] = True
            case "delete" | "delete chat":
                self._mark(is_there=False)
            case "undo":
                self._mark(is_there=True)
            case "rename":
                self._titles[begun["chat"]] = begun["title"]
            case "import":
                self._imports[-1].done = True
            case "export":
                self._exports[begun["path"]] = True
            case "fork":
                self._forks.append((begun["id"], ended["chat"]))

    def _mark(self, *, is_there: bool | None) -> None:
        kind, ids = self._gone
        for identity in ids:
            if kind == "chat":
                self._chats[identity] = is_there
            elif identity in self._messages:
                self._messages[identity].is_there = is_there

    # -- what is there ---------------------------------------------------------------

    def check(self, home: Path, killed: float) -> float:
        """Looks into the archive after a kill, and takes for granted what is there.

        Args:
            home: The user's folder.
            killed: When that was, in seconds.

        Returns:
            How old the oldest text was that this kill took; 0 where it took none.

        Raises:
            AssertionError: Something is lost, torn or twice.
        """
        before = len(self.lags)
        with Database(home / "chats.sqlite3") as database:
            assert database.rows("PRAGMA integrity_check") == [("ok",)]
            assert database.rows("PRAGMA foreign_key_check") == []
            with database.transaction():
                database.execute("INSERT INTO found(found) VALUES ('integrity-check')")
            rows = _rows(database)
            titles = dict(database.rows("SELECT id, title FROM conversations"))
            drafts = {text for (text,) in database.rows("SELECT text FROM drafts")}
            store = ConversationStore(database)
            self._check_deleted(rows)
            for identity, known in self._messages.items():
                self._check_message(known, rows.get(identity), killed)
            self._check_new(rows)
            self._check_sent(rows, drafts)
            self._check_imports(rows)
            self._check_forks(rows)
            self._check_titles(titles)
            assert {row.conversation for row in rows.values()} == set(titles)
            self._check_chats(store)
        self._check_files(home)
        return max(self.lags[before:], default=0)

    def _check_message(self, known: Known, row: Row | None, killed: float) -> None:
        if known.final is None:
            self._check_streamed(known, row, killed)
            return
        assert row is not None, known
        there = {name: getattr(row, name) for name in KEPT}
        assert there == known.final
        if known.is_there is None:
            known.is_there = row.trashed is None
        assert (row.trashed is None) == known.is_there, (known, row)

    def _check_streamed(self, known: Known, row: Row | None, killed: float) -> None:
        """A reply that was being written is there but for its last moments."""
        lost = known.at if row is None else killed
        for column in COLUMNS.values():
            saved = "" if row is None else getattr(row, column)
            streamed = ""
            for at, part, text in known.pieces:
                if part == column:
                    streamed += text
                    if len(streamed) > len(saved):
                        lost = min(lost, at)
            assert streamed.startswith(saved) or saved.startswith(streamed), known
        if lost < killed:
            self.lags.append(killed - lost)
        assert row is not None or not known.pieces, known
        if row is not None:
            known.final = {name: getattr(row, name) for name in KEPT}

    def _check_deleted(self, rows: dict[str, Row]) -> None:
        """What was to go together is gone together, or not at all."""
        kind, ids = self._gone
        if kind == "messages":
            states = {rows[each].trashed is None for each in ids if each in rows}
            assert len(states) == 1, ids

    def _is_copy(self, row: Row) -> bool:
        copies = {chat for _, chat in self._forks}
        return row.conversation in copies and row.id not in self._messages

    def _check_new(self, rows: dict[str, Row]) -> None:
        """What nobody has heard of is what the kill kept from being told."""
        imported = {i for each in self._imports for ids in each.chats for i in ids}
        unknown = [
            row
            for identity, row in rows.items()
            if identity not in self._messages
            and identity not in self._strangers
            and not self._is_copy(row)
            and identity not in imported
        ]
        self._strangers |= set(rows) - set(self._messages)
        if self._open is not None and self._open["action"] == "fork":
            chats = {row.conversation for row in unknown}
            assert len(chats) <= 1, chats
            self._forks += [(self._open["id"], chat) for chat in chats]
        else:
            # A question, and the reply that was about to be written.
            assert len(unknown) <= 2, unknown
            assert len({row.role for row in unknown}) == len(unknown), unknown

    def _check_sent(self, rows: dict[str, Row], drafts: set[str]) -> None:
        asked = [row for row in rows.values() if row.role == Role.USER]
        # A fork's copies are as old as what they are copies of.
        found = Counter(text for text, _ in {(row.text, row.created) for row in asked})
        in_chat = Counter((row.conversation, row.text) for row in asked)
        for text, done in self._sent.items():
            assert found[text] == 1 or (not done and not found[text]), text
            assert not (found[text] and text in drafts), text
        assert all(n == 1 for (_, text), n in in_chat.items() if text in self._sent)

    def _check_imports(self, rows: dict[str, Row]) -> None:
        for each in self._imports:
            for ids in each.chats:
                there = [identity in rows for identity in ids]
                assert all(there) or not (each.done or any(there)), ids

    def _check_forks(self, rows: dict[str, Row]) -> None:
        for source, chat in self._forks:
            path: list[str] = []
            cursor: str | None = source
            while cursor in rows:
                path.insert(0, rows[cursor].text)
                cursor = rows[cursor].parent
            copied = [r.text for r in rows.values() if r.conversation == chat]
            assert copied[: len(path)] == path, (source, chat)

    def _check_titles(self, titles: dict[str, str]) -> None:
        for chat, title in self._titles.items():
            assert title in {None, titles[chat]}
            self._titles[chat] = titles[chat]

    def _check_chats(self, store: ConversationStore) -> None:
        listed = {chat.id for chat in store.summaries()}
        for chat, is_there in self._chats.items():
            assert is_there in {None, chat in listed}, chat
            self._chats[chat] = chat in listed
        for chat in listed:
            loaded = store.load(chat)
            assert loaded is not None
            assert not loaded.unreadable
            assert bool(loaded.conversation.messages) == bool(
                loaded.conversation.path()
            )

    def _check_files(self, home: Path) -> None:
        """Exports and copies that have their names are whole."""
        for name, done in self._exports.items():
            path = Path(name)
            assert path.exists() or not done, path
            if path.exists():
                assert json.loads(path.read_bytes())["chats"] is not None
                path.unlink()
        self._exports.clear()
        for backup in backups.Backups(home / "chats.sqlite3", home / "backups").all():
            backups.check(backup.path)


def _rows(database: Database) -> dict[str, Row]:
    columns = ", ".join(Row.__dataclass_fields__)
    found = database.rows(f"SELECT {columns} FROM messages ORDER BY key")  # noqa: S608
    return {row[0]: Row(*row) for row in found}
