"""What running tools needs: who may run, where, and the log of what they did."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.permissions import Permission
from app.plugins.manager import ToolManager
from app.services.activity_log import ActivityLog
from app.services.links import ToolLink


@dataclass(slots=True, kw_only=True)
class ToolDesk(ActivityLog):
    """Where commands are handed in, and written down.

    Attributes:
        manager: Which tools there are, and what the user decided of them.
        link: Where they run.
        allow: Keeps a decision of the user about a tool; may raise `UserError`.
    """

    manager: ToolManager
    link: ToolLink
    allow: Callable[[str, Permission], None]
