"""Start the template process: `python -P -m copydesk.tasks.workers CONTROL CLOCKS`.

`template` starts it with two descriptors.
"""

import sys

from copydesk.tasks.workers.process import main

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
