"""Pure values of the problem: documents, pages, blocks, requests, events. No IO, no clock."""
