"""Turn inputs into raw documents: files, folders, archives, tables, feeds, WARC.

Input is streamed and never extracted to disk. A broken record becomes a `Reject` that states what was found
and what was expected; reading continues with the next record. Every item leaves a resume point.

Readers do not decode text, clean it, or make decisions about content.

Begin with `inputs` and `formats`: `expand` finds the files, and `FORMATS` maps a format to its reader. A new
input format is one function there.
"""

from copydesk.schemas.inputs import InputFile
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read, resume
from copydesk.tasks.read.inputs import empty_inputs, expand, fingerprint, why_empty

__all__ = ["Cursor", "InputFile", "empty_inputs", "expand", "fingerprint", "read", "resume", "why_empty"]
