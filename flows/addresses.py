"""Refuse addresses of object stores and servers where a path is expected, before a folder `s3:` is created."""

import re
from typing import Final

from copydesk.schemas.errors import UsageError

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://|(s3|s3a|s3n|gs|gcs|az|abfss?|adl|wasbs?|hdfs):/")
"""`scheme://`. For stores one slash is enough, because some programs normalise two slashes to one."""


def refuse_address(given: str, what: str = "") -> None:
    """Raise UsageError if `given` is an address such as s3://bucket/x rather than a path; `what` names it.

    A path of such a name can still be given as ./NAME or as an absolute path.
    """
    match = _ADDRESS.match(given)
    if match is None:
        return
    scheme = (match[1] or match[2]).lower()
    name = f"{what}: " if what else ""
    if scheme == "file":
        raise UsageError(f"{name}found {given!r}, expected a path without file://")
    if scheme in ("http", "https", "ftp", "ftps"):
        raise UsageError(
            f"{name}found {given!r}, but copydesk fetches nothing; download it, and give its path"
        )
    raise UsageError(
        f"{name}found {given!r}, but object storage is not supported; "
        "read and write local folders, and sync them (aws s3 sync, gsutil rsync, rclone)"
    )
