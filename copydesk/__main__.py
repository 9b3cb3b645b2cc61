"""Run the command `copydesk` with `python -m copydesk`."""

import sys

if sys.path and not sys.flags.safe_path:
    # Python puts the working folder first, and a `json.py` there would hide Python's own. This package is
    # already found.
    del sys.path[0]

from copydesk.flows.cli import main

if __name__ == "__main__":
    sys.exit(main())
