"""Train the block model anew, from the evaluation sets. Nothing imports this; run it by `python -m`."""
