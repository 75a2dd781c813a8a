"""From a model's reply about a whole page to blocks: one file per form of reply."""
