"""Pages as images and as text. Synchronous: one thread of a process opens, renders and encodes."""
