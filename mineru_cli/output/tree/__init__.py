"""A document as MinerU 3.4.4 structures it: pages of blocks of lines of spans.

``build`` makes a page's blocks from the model's output, ``document`` joins them over columns and pages. The
formats in ``output.formats`` render the result; nothing here writes a file.
"""
