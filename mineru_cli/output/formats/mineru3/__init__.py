"""MinerU 3.x's files, equal to what MinerU 3.4.4 writes for the same replies of the model."""
