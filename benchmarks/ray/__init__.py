"""Whole runs on a Ray cluster whose workers, nodes and driver are killed, and what that costs."""
