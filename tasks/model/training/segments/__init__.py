"""Train the segment model. Nothing here is imported at run time."""
