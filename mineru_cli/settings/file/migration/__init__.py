"""From the monolithic service's configuration, and from MinerU's own, to the split architecture's."""
