"""One worker: reads pages, sends their requests, writes documents. Independent of other workers."""
