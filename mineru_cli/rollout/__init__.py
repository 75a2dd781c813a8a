"""Gradual rollout: a candidate converts a share of the documents, and guards revert a bad candidate."""
