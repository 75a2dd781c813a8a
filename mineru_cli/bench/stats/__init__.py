"""Statistics of measurements. Pure."""
