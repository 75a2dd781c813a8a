"""Names of spans and attributes: OpenTelemetry's semantic conventions, and our own under ``mineru_batch.``.

The HTTP names are stable. The GenAI names are still in development: this is the only place to change them.
"""

from __future__ import annotations

from typing import Final

SCOPE: Final = "mineru_batch"
"""Name of the instrumentation scope."""

RUN_SPAN: Final = "run"
DOCUMENT_SPAN: Final = "document"
PAGE_SPAN: Final = "page"
REQUEST_SPAN: Final = "POST /v1/chat/completions"
REQUEST_PATH: Final = "/v1/chat/completions"

# HTTP client spans, stable: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
ERROR_TYPE: Final = "error.type"
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_REQUEST_RESEND_COUNT: Final = "http.request.resend_count"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
NETWORK_PEER_ADDRESS: Final = "network.peer.address"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
URL_FULL: Final = "url.full"

# GenAI, in development: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
GEN_AI_USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"

RUN_ID: Final = "mineru_batch.run.id"
RUN_OUTCOME: Final = "mineru_batch.run.outcome"
RUN_EXIT_CODE: Final = "mineru_batch.run.exit_code"
RUN_RECIPE: Final = "mineru_batch.run.recipe"
RUN_TEXT: Final = "mineru_batch.run.text"
RUN_WORKERS: Final = "mineru_batch.run.workers"
RUN_RESUMED: Final = "mineru_batch.run.resumed"
DOCUMENT_KEY: Final = "mineru_batch.document.key"
DOCUMENT_STATUS: Final = "mineru_batch.document.status"
DOCUMENT_PAGES: Final = "mineru_batch.document.pages"
DOCUMENT_FAILED_PAGES: Final = "mineru_batch.document.failed_pages"
PAGE_NUMBER: Final = "mineru_batch.page.number"
"""Counted from 1, as in the log and the reports."""
PAGE_OUTCOME: Final = "mineru_batch.page.outcome"
PAGE_BLOCKS: Final = "mineru_batch.page.blocks"
PAGE_FLAWS: Final = "mineru_batch.page.flaws"
PAGE_REQUESTS: Final = "mineru_batch.page.requests"
PAGE_RETRIED: Final = "mineru_batch.page.retried"
PAGE_WAIT: Final = "mineru_batch.page.wait"
"""Seconds that the page's first request waited for a slot."""
WORKER: Final = "mineru_batch.worker"
REQUEST_KIND: Final = "mineru_batch.request.kind"

WORKER_STOPPED: Final = "worker-stopped"
"""The ``error.type`` of a request whose worker ended before the answer came."""

RETRY_EVENT: Final = "mineru_batch.retry"
"""On a retried request: the reason and the delay."""
RETRY_WAIT: Final = "mineru_batch.retry.wait"
"""Seconds between the end of the failed request and this one."""
