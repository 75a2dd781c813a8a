"""The HTTP interface: an OpenAI-compatible ASGI application on top of the engine."""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.engine import LIMITS, Abandoned, Cores, OcrEngine
from mineru_cli.embedded.http import protocol
from mineru_cli.embedded.http.metrics import Metrics

log = logging.getLogger("mineru_batch.embedded")

UNAVAILABLE = protocol.error_body("The models are being loaded.", "Service Unavailable", None, 503)


class EngineService:
    """Shared state of the routes: the engine once it is loaded, its slots, its metrics.

    ``on_failure`` is called when loading the models fails; ``failure`` then holds the reason.
    """

    def __init__(
        self,
        config: EmbeddedConfig,
        share: Cores,
        load: Callable[[EmbeddedConfig, Cores], OcrEngine] = OcrEngine,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config
        self.metrics = Metrics(config.model)
        self.engine: OcrEngine | None = None
        self.failure: BaseException | None = None
        self.started = int(time.time())
        self._share = share
        self._load = load
        self._on_failure = on_failure
        self._slots = anyio.CapacityLimiter(share.slots)

    async def load(self) -> None:
        """Load the models in a thread; on an error ``failure`` holds the reason."""
        try:
            self.engine = await anyio.to_thread.run_sync(self._load, self.config, self._share)
        except Exception as error:
            self.failure = error
            log.exception("the models cannot be loaded")
            self._on_failure()
            return
        log.info("ready: %s", self.engine.about)
        for limit in LIMITS:
            log.info("limitation: %s", limit)

    async def chat(self, request: protocol.ChatRequest) -> protocol.Json:
        """Process one request when a slot is free. Cancellation takes effect at the next inference."""
        arrived = time.monotonic()
        gone = threading.Event()
        try:
            with self.metrics.waiting.track_inprogress():
                await self._slots.acquire_on_behalf_of(gone)
            try:
                self.metrics.waited(time.monotonic() - arrived)
                with self.metrics.running.track_inprogress():
                    text, usage = await self._work(request, gone)
            finally:
                self._slots.release_on_behalf_of(gone)
        except anyio.get_cancelled_exc_class():
            self.metrics.finished("abort", time.monotonic() - arrived)
            raise
        except Exception:
            self.metrics.finished("error", time.monotonic() - arrived)
            raise
        text, finish = protocol.limited(text, request.max_tokens)
        self.metrics.finished(finish, time.monotonic() - arrived, usage)
        return protocol.completion(
            secrets.token_hex(8), int(time.time()), self.config.model, text, finish, usage
        )

    async def _work(self, request: protocol.ChatRequest, gone: threading.Event) -> tuple[str, protocol.Usage]:
        """Run in a worker thread; on cancellation signal the thread and wait for it to stop."""
        done = anyio.Event()
        outcome: list[tuple[str, protocol.Usage] | Exception] = []

        async def run() -> None:
            try:
                outcome.append(await anyio.to_thread.run_sync(self._answer, request, gone))
            except Exception as error:  # noqa: BLE001 - handed to the waiting task below
                outcome.append(error)
            finally:
                done.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            try:
                await done.wait()
            except anyio.get_cancelled_exc_class():
                gone.set()
                raise
        result = outcome[0]
        if isinstance(result, Exception):
            raise result
        return result

    def _answer(self, request: protocol.ChatRequest, gone: threading.Event) -> tuple[str, protocol.Usage]:
        def checkpoint() -> None:
            self.metrics.step()
            if gone.is_set():
                raise Abandoned

        if self.engine is None:
            raise protocol.BadRequest("The models are being loaded.", status=503)
        image = protocol.open_image(request.image)
        text = self.engine.run(request.task, image, checkpoint, request.words)
        self.metrics.step()
        return text, protocol.usage_of(image, text)


def create_app(service: EngineService) -> Starlette:
    """The application. It answers while the models are being loaded: ``/health`` then returns 503."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.load)
            yield
            tasks.cancel_scope.cancel()

    routes = [
        Route("/health", _health),
        Route("/ping", _health),
        Route("/version", _version),
        Route("/metrics", _metrics),
        Route("/v1/models", _models),
        Route("/v1/chat/completions", _chat, methods=["POST"]),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _http_error})
    app.state.service = service
    return app


def _service(request: Request) -> EngineService:
    service: EngineService = request.app.state.service
    return service


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return JSONResponse({"detail": error.detail}, error.status_code)


def _unauthorized(request: Request) -> Response | None:
    key = _service(request).config.api_key
    header = request.headers.get("authorization", "")
    if key and not hmac.compare_digest(header.encode(), f"Bearer {key}".encode()):
        return JSONResponse({"error": "Unauthorized"}, 401)
    return None


async def _health(request: Request) -> Response:
    service = _service(request)
    if service.failure is not None:
        return JSONResponse(
            protocol.error_body(
                f"The models cannot be loaded: {service.failure}", "Service Unavailable", None, 503
            ),
            503,
        )
    return Response(status_code=200) if service.engine else JSONResponse(UNAVAILABLE, 503)


async def _version(_: Request) -> Response:
    from mineru_cli import __version__

    return JSONResponse({"version": f"mineru-batch-{__version__}"})


async def _metrics(request: Request) -> Response:
    return Response(_service(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _models(request: Request) -> Response:
    if refusal := _unauthorized(request):
        return refusal
    service = _service(request)
    if service.engine is None:
        return JSONResponse(UNAVAILABLE, 503)
    return JSONResponse(protocol.model_card(service.config.model, service.started, service.engine.about))


async def _chat(request: Request) -> Response:
    if refusal := _unauthorized(request):
        return refusal
    service = _service(request)
    try:
        body = await _body(request, service.config.max_body)
        chat = protocol.parse_chat(body, service.config.model)
        if service.engine is None:
            return JSONResponse(UNAVAILABLE, 503)
        return await _unless_gone(request, service, chat)
    except protocol.BadRequest as error:
        return JSONResponse(error.body(), error.status)
    except ClientDisconnect:
        return Response(status_code=499)
    except Exception:
        log.exception("a request failed")
        message = "The engine failed on this request."
        return JSONResponse(protocol.error_body(message, "InternalServerError", None, 500), 500)


async def _body(request: Request, limit: int) -> bytes:
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            raise protocol.BadRequest(f"The request is above {limit} bytes.")
    return bytes(chunks)


async def _unless_gone(request: Request, service: EngineService, chat: protocol.ChatRequest) -> Response:
    """The reply; when the client disconnects first, its request is cancelled with status 499."""
    reply: Response = Response(status_code=499)
    failure: Exception | None = None

    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        try:
            reply = JSONResponse(await service.chat(chat))
        except Exception as error:  # noqa: BLE001 - raised again outside the task group, unwrapped
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return reply
