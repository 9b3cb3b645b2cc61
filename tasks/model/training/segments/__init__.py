"""Everything that trains the segment model; nothing here is imported at run time."""
