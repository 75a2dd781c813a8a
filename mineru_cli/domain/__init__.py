"""Pure values of the domain: documents, pages, blocks, requests, events. No IO, no clock."""
