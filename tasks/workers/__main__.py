"""The template process: `python -P -m copydesk.tasks.workers CONTROL CLOCKS`, started by `template` with two descriptors."""

import sys

from copydesk.tasks.workers.process import main

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
