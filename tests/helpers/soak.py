"""Try the properties marked `soak` repeatedly, with other examples each time, until the time is over.

    python tests/helpers/soak.py [--minutes 60] [--seed 1] [--only TEXT]

Each round is one pytest process with the next seed and 2,000 examples for each property. To use two cores,
run two with distant seeds. Prints a line per round, and the output of failed rounds; the seed on that line
repeats the round. Ends with 1 if any round failed.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def command(seed: int, only: str = "") -> list[str]:
    """Return the pytest command of one round."""
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "soak", "--hypothesis-profile", "soak"]
    return [sys.executable, *words, "--hypothesis-seed", str(seed), *(["-k", only] if only else []), "tests"]


def main(argv: list[str] | None = None) -> int:
    """Run rounds until the time is over; the last one is finished."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60, help="time in which new rounds are started")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round")
    parser.add_argument("--only", default="", help="only properties whose name contains this")
    args = parser.parse_args(argv)
    began, seed, failed = time.monotonic(), args.seed, []
    while time.monotonic() - began < args.minutes * 60:
        done = subprocess.run(command(seed, args.only), cwd=ROOT, capture_output=True, text=True)
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        print(f"seed {seed}: {last}", flush=True)
        if done.returncode:
            failed.append(seed)
            print(done.stdout, done.stderr, flush=True)
        seed += 1
    print(f"{seed - args.seed} rounds, {len(failed)} failed{f': seeds {failed}' if failed else ''}")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
