"""From page results to a document's files, in the layout of MinerU 3.x.

``writer`` is the entry point. ``assemble`` turns a stream of pages into a stream of ``PageLayout``;
``markdown``, ``contentlist``, ``middle`` and ``model`` turn each layout into what one file holds; ``place``
publishes the finished folder. Only the pages that an open paragraph or table covers are kept in memory.
"""
