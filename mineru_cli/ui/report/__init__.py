"""The run report: one self-contained HTML page, and the timelines it is drawn from."""
