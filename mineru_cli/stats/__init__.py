"""Statistics of plain numbers: no module here knows what was measured."""
