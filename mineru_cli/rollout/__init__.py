"""Gradual rollout: a share of the documents goes to a candidate, guards judge it, a bad one is reverted."""
