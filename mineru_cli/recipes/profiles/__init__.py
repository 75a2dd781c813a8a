"""What each served model was trained on, as data: one YAML file per model family."""
