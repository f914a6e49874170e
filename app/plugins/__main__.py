"""Entry of the tool process: `python -m app.plugins`."""

import sys

from app.plugins.worker import main

if __name__ == "__main__":
    sys.exit(main())
