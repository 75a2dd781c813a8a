"""From page results to a document's files, in the layout of MinerU 3.x.

``writer`` is the way in. ``assemble`` turns a stream of pages into a stream of ``PageLayout``;
``markdown``, ``contentlist``, ``middle`` and ``model`` turn each layout into what one file holds; ``place``
puts the finished folder where readers look for it. Nothing here keeps more than the pages that an open
paragraph or table covers.
"""
