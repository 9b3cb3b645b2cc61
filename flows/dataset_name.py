"""A short name of a dataset, used in Prefect's tags, artifacts and deployments."""

import hashlib
import os
import re
import unicodedata
from typing import Final

_LONGEST: Final = 40


def dataset_name(out: str) -> str:
    """Name the dataset in the folder `out`: the folder's name, and six digits derived from its path.

    The same folder has the same name in any spelling. Prefect allows lower-case letters, digits and dashes.

    >>> dataset_name("/data/clean"), dataset_name("/data/../data/clean/")
    ('clean-f7f686', 'clean-f7f686')
    >>> dataset_name("/data/Zeitungen 2026 (Köln)")
    'zeitungen-2026-koln-7ad837'
    """
    path = os.path.abspath(out)
    digest = hashlib.blake2b(os.fsencode(path), digest_size=3).hexdigest()
    plain = unicodedata.normalize("NFKD", os.path.basename(path)).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-")
    return f"{slug or 'dataset'}-{digest}"


def dataset_tag(out: str) -> str:
    """Return the tag of this dataset's runs and deployments."""
    return f"dataset:{dataset_name(out)}"
