"""One step a file. A step imports `schemas` and libraries, never another step."""
