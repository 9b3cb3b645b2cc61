"""The trained block model: weights, features, inference."""
