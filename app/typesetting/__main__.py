"""Starts the typesetting process: `python -m app.typesetting`."""

import sys

from app.typesetting.worker import main

if __name__ == "__main__":
    sys.exit(main())
