"""What a window cannot do without: PySide6 and a text browser, in a process."""

import sys

from PySide6.QtWidgets import QApplication, QMainWindow, QTextBrowser

from benchmarks.windowing.usable import when_usable


def main() -> int:
    """Shows the window until stdin ends."""
    qt = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.setCentralWidget(QTextBrowser())
    window.resize(1100, 760)
    when_usable(qt, window)
    window.show()
    return qt.exec()


if __name__ == "__main__":
    sys.exit(main())
