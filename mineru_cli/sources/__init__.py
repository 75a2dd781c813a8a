"""From INPUT to units of work: documents, their keys, selected pages, and windows."""
