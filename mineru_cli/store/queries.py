"""The ledger's longer statements."""

from __future__ import annotations

RECORD = (
    "SELECT d.key, d.status, d.size, d.mtime_ns, d.pages, d.failed_pages, d.attempts, r.fingerprint"
    " FROM documents d JOIN runs r ON r.id = d.run WHERE d.key IN ({})"
)
START = """
INSERT INTO documents (key, path, size, mtime_ns, run, status, attempts, pages, started)
VALUES (:key, :path, :size, :mtime_ns, :run, 'running', 1, :pages, :now)
ON CONFLICT (key) DO UPDATE SET path = :path, size = :size, mtime_ns = :mtime_ns, run = :run,
    status = 'running', attempts = attempts + 1, pages = :pages, failed_pages = 0, seconds = 0, requests = 0,
    retried = 0, started = :now, finished = NULL, code = '', message = '', hint = ''
RETURNING id, attempts
"""
FORGET_PAGES = """
DELETE FROM pages WHERE document =
    (SELECT id FROM documents WHERE key = :key AND (size != :size OR mtime_ns != :mtime_ns))
"""
FINISH = """
INSERT INTO documents (key, path, size, mtime_ns, run, status, pages, failed_pages, seconds, requests,
    retried, finished, code, message, hint)
VALUES (:key, :path, :size, :mtime_ns, :run, :status, :pages, :failed_pages, :seconds, :requests,
    :retried, :now, :code, :message, :hint)
ON CONFLICT (key) DO UPDATE SET path = :path, size = :size, mtime_ns = :mtime_ns, run = :run,
    status = :status, pages = :pages, failed_pages = :failed_pages, seconds = :seconds, requests = :requests,
    retried = :retried, finished = :now, code = :code, message = :message, hint = :hint
RETURNING id, attempts
"""
PAGE = """
INSERT OR REPLACE INTO pages
    (document, page, status, seconds, blocks, flaws, requests, retried, code, message, hint)
SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM documents WHERE key = ?
"""
FAILURES = """
SELECT d.key, d.path, d.status, d.code, d.message, d.hint, p.page, p.code, p.message, p.hint
FROM documents d LEFT JOIN pages p ON p.document = d.id AND p.status = 'failed'
WHERE d.status IN ('partial', 'failed') AND (:run IS NULL OR d.run = :run)
ORDER BY d.key, p.page
"""
TOTALS = """
SELECT status, COUNT(*), SUM(pages), SUM(failed_pages), SUM(requests), SUM(retried), SUM(seconds)
FROM documents WHERE (:run IS NULL OR run = :run) GROUP BY status
"""
BEGUN = """
SELECT COALESCE(SUM(p.status = 'failed'), 0), COALESCE(SUM(p.status = 'done'), 0)
FROM pages p JOIN documents d ON d.id = p.document
WHERE d.status = 'running' AND (:run IS NULL OR d.run = :run)
"""
BY_CODE = """
SELECT code, COUNT(*) FROM (
    SELECT d.code AS code, d.id FROM documents d
    WHERE d.status = 'failed' AND (:run IS NULL OR d.run = :run)
    UNION
    SELECT p.code, d.id FROM documents d JOIN pages p ON p.document = d.id AND p.status = 'failed'
    WHERE d.status = 'partial' AND (:run IS NULL OR d.run = :run)
) GROUP BY code ORDER BY 2 DESC, 1
"""
