"""Hide secrets that must not be printed, logged or stored.

These are user and password in URLs, and keys in queries and in the environment.
"""

import os
import re
from typing import Final

HIDDEN: Final = "***"
_USER: Final = re.compile(r"(?<=://)[^\s/?#\"'<>]*@")
_KEY: Final = re.compile(
    r"([?&;][\w.-]{0,40}(?:token|secret|password|passwd|pwd|signature|sig|key|keyid|credential|auth)[\w-]{0,20}=)[^&;#\s\"'<>]+",
    re.IGNORECASE,
)
_NAMES: Final = ("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Environment variables that hold a secret which a library's error may quote."""
_SHORTEST: Final = 6
"""Minimum length of such a value; a shorter one occurs in too many words."""


def hide(text: str) -> str:
    """Replace by `***` what only the user may see; leave everything else.

    >>> hide("https://ann:s3cret@prefect.example/api can't be reached")
    "https://***@prefect.example/api can't be reached"
    >>> hide("https://s3.example/b/x.txt?X-Amz-Signature=abc&page=2")
    'https://s3.example/b/x.txt?X-Amz-Signature=***&page=2'
    """
    for name in _NAMES:
        value = os.environ.get(name, "")
        if len(value) >= _SHORTEST:
            text = text.replace(value, HIDDEN)
    if "://" in text:
        text = _USER.sub(f"{HIDDEN}@", text)
    return _KEY.sub(rf"\1{HIDDEN}", text) if "=" in text else text
