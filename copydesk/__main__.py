"""`python -m copydesk` is the command `copydesk`."""

import sys

if sys.path and not sys.flags.safe_path:
    # Python put the working folder first, and a `json.py` there would hide Python's own. This package is found already.
    del sys.path[0]

from copydesk.flows.cli import main

if __name__ == "__main__":
    sys.exit(main())
