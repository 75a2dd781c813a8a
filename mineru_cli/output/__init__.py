"""From page results to a document's files.

``writer`` is the entry point. ``tree`` structures a stream of pages as MinerU does, ``formats`` write each
page as soon as nothing on it can still change. ``markdown`` is our own Markdown (``--markdown clean``), over
``arrange`` and ``assemble``.
"""
