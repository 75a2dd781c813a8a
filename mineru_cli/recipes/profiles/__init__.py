"""Model profiles as data: one YAML file per model family."""
