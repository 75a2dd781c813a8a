"""The run report: one self-contained HTML page, and the timelines behind it."""
