"""What a run keeps on disk: ledger, spool, lock, summary. Atomic writes, and one translation of disk errors.

Ledger, spool and lock are the coordinator's and its workers' own and stay on a local disk. Only finished
documents, the summary and the list of failures leave it, so these go through plain "write these bytes under
this name" calls (``local``) that a store for objects can answer as well.
"""
