"""The tools in a terminal: what there is, what may run, and what ran."""

from app.cli.output import say, speak_utf8
from app.cli.tool_processes import ToolProcesses
from app.domain.activity import CallRecord, RequestRecord
from app.domain.errors import UserError
from app.domain.permissions import Permission
from app.paths import Paths
from app.plugins import extensions
from app.plugins.manager import ToolInfo, ToolManager
from app.services.preferences import Preferences
from app.services.tool_decisions import ToolDecisions, decisions_of
from app.services.words import (
    FAILURES,
    TOOL_SUMMARIES,
    TOOL_TITLES,
    explain,
    tool_state,
)
from app.store.database import Database
from app.store.settings_file import SettingsFile
from app.store.tool_log import ToolLog


def show_tools(paths: Paths) -> int:
    """Lists the tools; those of other packages that may run are started for it."""
    speak_utf8()
    manager = _manager(Preferences(SettingsFile(paths.settings)))
    processes = ToolProcesses(paths, manager, lambda _name, _note: None)
    try:
        processes.introduce()
    finally:
        processes.close()
    for info in manager.all():
        print(_lines(manager, info))
    return 0


def permit(paths: Paths, choice: str) -> int:
    """Decides whether a tool may run.

    Args:
        paths: Where the settings are.
        choice: The tool's name, an equals sign, and a `Permission`.

    Returns:
        The exit code: 2 for a choice that is none.
    """
    speak_utf8()
    preferences = Preferences(SettingsFile(paths.settings))
    manager = _manager(preferences)
    name, _, permission = choice.rpartition("=")
    known = {info.name for info in manager.all()}
    if name not in known or permission not in tuple(Permission):
        say(
            f"Not a tool and a permission: {choice}. "
            f"Tools: {', '.join(sorted(known))}. "
            f"Permissions: {', '.join(Permission)}."
        )
        return 2
    try:
        ToolDecisions(manager, preferences).allow(name, Permission(permission))
    except UserError as error:
        say(explain(error))
        return 1
    return 0


def show_log(paths: Paths) -> int:
    """Lists what tools did, newest last."""
    speak_utf8()
    try:
        with Database(paths.archive, or_read=True) as database:
            log = ToolLog(database)
            calls, requests = log.calls(), log.requests()
    except UserError as error:
        say(explain(error))
        return 1
    lines = [(call.when, _call_line(call)) for call in calls]
    lines += [(each.when, _request_line(each)) for each in requests]
    for when, text in sorted(lines):
        print(f"{when.astimezone():%Y-%m-%d %H:%M:%S}  {text}")
    return 0


def _call_line(call: CallRecord) -> str:
    outcome = FAILURES[call.failure] if call.failure else "done"
    return f"{call.tool or '-'}  {call.command}  {call.seconds:.2f} s  {outcome}"


def _request_line(each: RequestRecord) -> str:
    return (
        f"{each.tool}  network: {each.host}  {each.purpose}  {each.size} bytes  "
        f"{each.seconds:.2f} s  {each.outcome or 'not ended'}"
    )


def _manager(preferences: Preferences) -> ToolManager:
    return ToolManager(
        extensions=extensions.installed(), decisions=decisions_of(preferences.values)
    )


def _lines(manager: ToolManager, info: ToolInfo) -> str:
    title = TOOL_TITLES.get(info.name, info.package)
    command = info.tool.value if info.tool else "?"
    return (
        f"{info.name}: {title}\n"
        f"  {TOOL_SUMMARIES.get(info.name, info.summary)}\n"
        f"  answers {command}, within {info.seconds:.0f} seconds; "
        f"may run: {manager.permission(info.name).value}\n"
        f"  {tool_state(manager, info.name).english}"
    )
