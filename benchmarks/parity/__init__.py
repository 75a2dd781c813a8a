"""MinerU itself and we, side by side over one scripted server: do both write the same files?"""
