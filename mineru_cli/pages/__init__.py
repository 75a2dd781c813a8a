"""Pages as images and as text: opens PDFs and pictures, renders, encodes. Synchronous, one thread a process."""
