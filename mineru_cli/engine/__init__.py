"""One run, end to end: a coordinator that bounds, requeues and records, and workers that read pages.

::

    run ── coordinator ══ commands, messages ══ pool ── worker process ── Worker
                                                                           ├── PageThread   pdfium, Pillow
                                                                           ├── Recipe       asks, blocks
                                                                           └── Fleet        servers over HTTP
"""
