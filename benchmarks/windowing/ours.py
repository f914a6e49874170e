"""Our window, in a process: as `moss` starts it, and it says when it can be used."""

import sys

from app import __main__, application
from app.services.sources import ModelSource


def main() -> int:
    """Runs the program until stdin ends."""
    start = application.Application.start

    def watched(
        self: application.Application, model: ModelSource | None = None
    ) -> None:
        # Imported here, so that the program itself imports what it needs.
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415

        from benchmarks.windowing.usable import when_usable  # noqa: PLC0415

        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        when_usable(qt, self.window)
        start(self, model)

    application.Application.start = watched  # type: ignore[method-assign]
    return __main__.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
