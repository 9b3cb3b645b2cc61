"""Repair mojibake and remove invisible characters, block by block, and record what was done.

`prefilter` finds blocks that can't change, so that ftfy processes few of them; a property test proves it
exact.

Repair never touches mark-up, labels or offsets: `Page.text` stays as it was decoded.

Begin with `blocks.repair`.
"""

from copydesk.tasks.repair.blocks import repair

__all__ = ["repair"]
