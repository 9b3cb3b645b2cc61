"""Train the block model from the evaluation sets. Nothing imports this folder. Run it with `python -m`."""
