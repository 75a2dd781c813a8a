"""On a run's path: what no file can bring about.

``SABOTAGE_CRASH`` holds ``<part of the file name>:<page index>`` pairs, comma separated: pdfium crashes on that
page, with -1 while the document is opened. The crash is a read of address 0 in native code: a true SIGSEGV.
``SABOTAGE_CRASH_WIDTH`` is the width, in points, of pages with the same effect: copies of objects have other names.

``SABOTAGE_HANG`` names a folder that does not answer when it is read, like a network file system that is gone.
"""

import ctypes
import os
import sys
import threading

if os.environ.get("SABOTAGE_HANG"):
    scandir = os.scandir

    def _hang(path="."):
        if os.fspath(path) == os.environ["SABOTAGE_HANG"]:
            threading.Event().wait()
        return scandir(path)

    os.scandir = _hang

WIDTH = os.environ.get("SABOTAGE_CRASH_WIDTH", "")
if (os.environ.get("SABOTAGE_CRASH") or WIDTH) and "mineru_cli.engine.local.fork_server" in sys.orig_argv:
    import pypdfium2
    import pypdfium2.raw as pdfium

    CRASHES = [pair.rsplit(":", 1) for pair in os.environ.get("SABOTAGE_CRASH", "").split(",") if pair]
    load, make, get_page = (
        pdfium.FPDF_LoadDocument,
        pypdfium2.PdfDocument.__init__,
        pypdfium2.PdfDocument.get_page,
    )
    last_loaded = [""]

    def _crash_if(name, index):
        if any(part in name and int(page) == index for part, page in CRASHES):
            ctypes.string_at(0)

    def _load(path, password):
        last_loaded[0] = os.path.basename(os.fsdecode(path))
        _crash_if(last_loaded[0], -1)
        return load(path, password)

    def _make(self, *args, **kwargs):
        self.sabotage = last_loaded[0]
        make(self, *args, **kwargs)

    def _page(self, index):
        _crash_if(self.sabotage, index)
        page = get_page(self, index)
        if WIDTH and page.get_width() == float(WIDTH):
            ctypes.string_at(0)
        return page

    pdfium.FPDF_LoadDocument, pypdfium2.PdfDocument.__init__, pypdfium2.PdfDocument.get_page = (
        _load,
        _make,
        _page,
    )
