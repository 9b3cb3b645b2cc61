"""Secrets that must not be printed, logged or stored: user and password in URLs, keys in queries and in the environment."""

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
"""Variables of the environment that hold a secret which an error of a library may quote."""
_SHORTEST: Final = 6
"""Characters from which a value of these is looked for; a shorter one stands in too many words."""


def hide(text: str) -> str:
    """Write `***` for what nobody but the user may see; all else stays.

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
