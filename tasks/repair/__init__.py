"""Repair mojibake and remove invisible characters, block by block, and record what was done.

`prefilter` finds blocks that cannot change, so that ftfy sees few of them; a property test proves it exact.

Never here: mark-up, labels, changes of offsets: `Page.text` stays as it was decoded.

Begin with `blocks.repair`.
"""

from copydesk.tasks.repair.blocks import repair

__all__ = ["repair"]
