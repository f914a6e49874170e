"""Entry of a tool process: `python -m app.plugins --kind compute`."""

import sys

from app.plugins.worker import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
