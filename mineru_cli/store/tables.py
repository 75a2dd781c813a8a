"""The ledger's tables."""

from __future__ import annotations

VERSION = 1
"""Kept as SQLite's ``user_version``."""

TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    shaping TEXT NOT NULL,
    facts TEXT NOT NULL DEFAULT '{}',
    started REAL NOT NULL,
    finished REAL,
    outcome TEXT NOT NULL DEFAULT ''
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    path NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    run INTEGER NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    failed_pages INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    retried INTEGER NOT NULL DEFAULT 0,
    started REAL,
    finished REAL,
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT ''
);
CREATE INDEX documents_lacking ON documents (key) WHERE status IN ('partial', 'failed');
CREATE INDEX documents_of_run ON documents (run, status);
CREATE TABLE attempts (
    document INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    run INTEGER NOT NULL,
    started REAL NOT NULL,
    finished REAL,
    status TEXT NOT NULL DEFAULT 'running',
    code TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (document, attempt)
) WITHOUT ROWID;
CREATE TABLE pages (
    document INTEGER NOT NULL,
    page INTEGER NOT NULL,
    status TEXT NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,
    blocks INTEGER NOT NULL DEFAULT 0,
    flaws INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    retried INTEGER NOT NULL DEFAULT 0,
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (document, page)
) WITHOUT ROWID;
"""
