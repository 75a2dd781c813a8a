"""Migration from the configuration of the monolithic service, or of MinerU, to the split architecture."""
