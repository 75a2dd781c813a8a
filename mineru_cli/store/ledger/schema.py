"""The ledger's tables and its longer statements."""

from __future__ import annotations

VERSION = 2
"""Stored as SQLite's ``user_version``."""

UPGRADES = {1: "ALTER TABLE documents ADD COLUMN sizes TEXT NOT NULL DEFAULT '';"}
"""Statements that upgrade the tables of a version to the next one."""

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
    hint TEXT NOT NULL DEFAULT '',
    sizes TEXT NOT NULL DEFAULT ''
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

TARGETS = """
CREATE TABLE IF NOT EXISTS targets (
    key TEXT PRIMARY KEY,
    mark TEXT NOT NULL,
    run INTEGER NOT NULL
) WITHOUT ROWID
"""
RECORDS = (
    "SELECT json_group_array(json_array(d.key, d.status, d.size, d.mtime_ns, d.pages, d.failed_pages,"
    " d.attempts, r.fingerprint, d.sizes))"
    " FROM documents d JOIN runs r ON r.id = d.run WHERE d.key IN ({})"
)
"""One row with all records as JSON: Python releases its lock for each row, and discovery waits for it."""
START = """
INSERT INTO documents (key, path, size, mtime_ns, run, status, attempts, pages, started)
VALUES (?, ?, ?, ?, ?, 'running', 1, ?, ?) ON CONFLICT (key) DO NOTHING
"""
START_AGAIN = """
UPDATE documents SET path = ?, size = ?, mtime_ns = ?, run = ?,
    status = 'running', attempts = attempts + 1, pages = ?, failed_pages = 0, seconds = 0, requests = 0,
    retried = 0, started = ?, finished = NULL, code = '', message = '', hint = ''
WHERE key = ? RETURNING id, attempts
"""
FORGET_PAGES = """
DELETE FROM pages WHERE document =
    (SELECT id FROM documents WHERE key = ? AND (size != ? OR mtime_ns != ?))
"""
ENTER = """
INSERT INTO documents (key, path, size, mtime_ns, run, status) VALUES (?, ?, ?, ?, ?, '')
ON CONFLICT (key) DO NOTHING
"""
FINISH = """
UPDATE documents SET path = ?, size = ?, mtime_ns = ?, run = ?, status = ?, pages = ?, failed_pages = ?,
    seconds = ?, requests = ?, retried = ?, finished = ?, code = ?, message = ?, hint = ?, sizes = ?
WHERE id = ?
"""
PAGE = """
INSERT OR REPLACE INTO pages
    (document, page, status, seconds, blocks, flaws, requests, retried, code, message, hint)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
FAILURES = """
SELECT d.key, d.path, d.status, d.code, d.message, d.hint, p.page, p.code, p.message, p.hint
FROM documents d LEFT JOIN pages p ON p.document = d.id AND p.status IN ('failed', 'incomplete')
WHERE d.status IN ('partial', 'failed') AND (:run IS NULL OR d.run = :run)
ORDER BY d.key, p.page
"""
TOTALS = """
SELECT status, COUNT(*), SUM(pages), SUM(failed_pages), SUM(requests), SUM(retried), SUM(seconds)
FROM documents WHERE (:run IS NULL OR run = :run) GROUP BY status
"""
BEGUN = """
SELECT COALESCE(SUM(p.status = 'failed'), 0), COALESCE(SUM(p.status IN ('done', 'incomplete')), 0)
FROM pages p JOIN documents d ON d.id = p.document
WHERE d.status = 'running' AND (:run IS NULL OR d.run = :run)
"""
INCOMPLETE = """
SELECT COUNT(*) FROM pages p JOIN documents d ON d.id = p.document
WHERE p.status = 'incomplete' AND (:run IS NULL OR d.run = :run)
"""
BY_CODE = """
SELECT code, COUNT(*) FROM (
    SELECT d.code AS code, d.id FROM documents d
    WHERE d.status = 'failed' AND (:run IS NULL OR d.run = :run)
    UNION
    SELECT p.code, d.id FROM documents d
    JOIN pages p ON p.document = d.id AND p.status IN ('failed', 'incomplete')
    WHERE d.status = 'partial' AND (:run IS NULL OR d.run = :run)
) GROUP BY code ORDER BY 2 DESC, 1
"""
