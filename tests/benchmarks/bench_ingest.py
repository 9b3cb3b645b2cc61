"""A whole run beside the cleaning in it: what reading, processes, the store and Prefect cost.

    python -m tests.benchmarks.bench_ingest [--documents 10892] [--rounds 1]

Three ways over the same documents of `eval/text/pool.parquet`, each in a process of its own, one after
the other: `clean` in a loop; `ingest --direct`; `ingest` as a Prefect flow on a server of its own (in a
home that is known already, as a user's is after the first run). CPU and memory include all
processes that ended with the run; Prefect's server is counted apart. Needs the evaluation folder
beside the checkout.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POOL = ROOT.parent / "shared" / "eval" / "text" / "pool.parquet"

COMMON = """
    import json, resource, sys, time
    from pathlib import Path
    from copydesk.schemas.request import IngestRequest
    from copydesk.schemas.settings import Settings
    from copydesk.schemas.inputs import Columns
    settings, columns = Settings(), Columns(id="id", text="text", publisher="publisher")
    source, out = sys.argv[1:]
    request = IngestRequest((source,), out, columns, settings=settings)
    stages = []
    def status(line):
        stages.append((time.monotonic(), line))
    began = time.monotonic()
"""
WAYS = {
    "clean in a loop": """
        from copydesk.tasks.pipeline import CleaningContext, clean
        from copydesk.tasks.read.inputs import expand
        from copydesk.tasks.read.formats import read
        desk = CleaningContext.open([], settings)
        documents = [raw for file in expand([source]) for raw in read(file, columns, settings)]
        status("cleaning")
        for raw in documents:
            clean(raw, desk)
    """,
    "ingest --direct": """
        from copydesk.flows.run import run_ingest
        run_ingest(request, status=status)
    """,
    "ingest, Prefect": """
        from copydesk.flows.prefect_run import run_with_prefect
        run_with_prefect(request, status=status)
    """,
}
REPORT = """
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({
        "wall": time.monotonic() - began,
        "start": next(at for at, line in stages if line == "cleaning") - began,
        "cpu": sum(usage.ru_utime + usage.ru_stime for usage in (own, others)),
        "rss": own.ru_maxrss / 1024,
        "child_rss": others.ru_maxrss / 1024,
    }))
"""


def measure(way: str, source: Path, folder: Path) -> dict[str, float]:
    """Run one of the ways in a new process; seconds and MiB."""
    script = "".join(textwrap.dedent(part) for part in (COMMON, WAYS[way], REPORT))
    env = os.environ | {"PREFECT_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(dir=folder) as out:
        done = subprocess.run(
            [sys.executable, "-c", script, str(source), f"{out}/out"],
            env=env,
            stdout=subprocess.PIPE,
            check=True,
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def sample(count: int, folder: Path) -> tuple[Path, int, int]:
    """The first documents of the pool as a file of their own, their number, and the bytes of their texts."""
    if not POOL.is_file():
        sys.exit(f"{POOL}: not found; this benchmark needs the evaluation folder beside the checkout")
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(POOL, columns=["id", "publisher", "text"]).slice(0, count)
    pq.write_table(table, folder / "pool.parquet")
    return folder / "pool.parquet", table.num_rows, pc.sum(pc.binary_length(table["text"])).as_py()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=10_892)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, documents, size = sample(options.documents, folder)
        warm, _, _ = sample(10, Path(tempfile.mkdtemp(dir=folder)))
        measure("ingest, Prefect", warm, folder)  # migrates Prefect's new database
        best = {way: measure(way, source, folder) for way in WAYS}
        for _ in range(options.rounds - 1):
            for way in WAYS:
                best[way] = min(best[way], measure(way, source, folder), key=lambda found: found["wall"])
    print(
        f"{documents:,} documents, {size / 1e6:.1f} MB of text, {os.cpu_count()} cores, best of {options.rounds}\n"
    )
    print(
        f"{'':18}{'wall s':>8}{'start s':>9}{'cpu s':>8}{'docs/s':>9}{'MB/s':>7}{'RSS MiB':>9}{'child MiB':>11}"
    )
    for way, found in best.items():
        work = found["wall"] - found["start"]
        speed = f"{documents / work:9,.0f}{size / 1e6 / work:7.1f}"
        print(
            f"{way:18}{found['wall']:8.1f}{found['start']:9.1f}{found['cpu']:8.1f}{speed}"
            f"{found['rss']:9.0f}{found['child_rss']:11.0f}"
        )
    loop, direct, flow = (best[way] for way in WAYS)
    print(f"\nCPU of a direct run over the cleaning alone: {direct['cpu'] / loop['cpu'] - 1:+.0%}")
    print(
        f"Prefect's share of the flow's wall time: {1 - direct['wall'] / flow['wall']:.0%}, once started: ",
        end="",
    )
    print(f"{1 - (direct['wall'] - direct['start']) / (flow['wall'] - flow['start']):.0%}")


if __name__ == "__main__":
    main()
