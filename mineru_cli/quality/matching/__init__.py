"""What of one run belongs to what of the other: documents, pages, blocks."""
