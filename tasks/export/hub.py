"""Write the card of a folder that Hugging Face's `datasets` reads: its files, and the meaning of the columns."""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card(schema: pa.Schema, rows: int, languages: Sequence[str], about: Mapping[str, str]) -> bytes:
    """Return README.md: YAML for the hub, and a table of columns. `about` describes the dataset."""
    size = next((name for most, name in _SIZES if rows < most), "n>10M")
    codes = "".join(f"- {json.dumps(code)}\n" for code in sorted(set(languages)) if code)
    columns = "\n".join(
        f"| `{field.name}` | {(field.metadata or {}).get(b'description', b'').decode().replace('|', chr(92) + '|')} |"
        for field in schema
    )
    said = "\n".join(f"- {name}: {' '.join(value.split())}" for name, value in about.items() if value)
    return (
        "---\n"
        + (f"language:\n{codes}" if codes else "")
        + f"size_categories:\n- {size}\n"
        + "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*.parquet\n"
        + f"---\n\n# News articles\n\n{rows:,} articles, cleaned with copydesk.\n\n{said}\n\n"
        + f"| column | meaning |\n|---|---|\n{columns}\n"
    ).encode()
