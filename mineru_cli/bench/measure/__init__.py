"""One measurement: the real run against the real server, and the figures of its steady part."""
