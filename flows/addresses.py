"""Addresses of object stores and servers, given where a path is expected: refused before a folder `s3:` is made."""

import re
from typing import Final

from copydesk.schemas.errors import UsageError

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://|(s3|s3a|s3n|gs|gcs|az|abfss?|adl|wasbs?|hdfs):/")
"""`scheme://`, and for stores also one slash: what is left of two where a program has tidied the path up."""


def refuse_address(given: str, what: str = "") -> None:
    """UsageError when `given` is an address such as s3://bucket/x rather than a path; `what` names it.

    A path that exists under such a name can still be given as ./NAME or as an absolute path.
    """
    match = _ADDRESS.match(given)
    if match is None:
        return
    scheme = (match[1] or match[2]).lower()
    name = f"{what}: " if what else ""
    if scheme == "file":
        raise UsageError(f"{name}found {given!r}, expected a path without file://")
    if scheme in ("http", "https", "ftp", "ftps"):
        raise UsageError(f"{name}found {given!r}, but nothing is fetched; download it, and give its path")
    raise UsageError(
        f"{name}found {given!r}, but object storage is not supported yet; "
        "read and write local folders, and sync them (aws s3 sync, gsutil rsync, rclone)"
    )
