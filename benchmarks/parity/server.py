"""The scripted model server: it reads from the pixels what it is shown, and answers what the script says."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from benchmarks.parity.barcode import PAGE, read
from benchmarks.parity.script import ScriptedDocument

MODEL = "MinerU2.5-Pro-2605-1.2B"
_ROW = re.compile(r"\[(\[.*\])\]")


@dataclass
class Log:
    """What was asked: by kind of question how often, and each question with its sampling as a set."""

    kinds: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    unread: int = 0


class ScriptedServer:
    """``with ScriptedServer(documents) as server: server.url``. ``take_log`` gives the log since the last call."""

    def __init__(self, documents: list[ScriptedDocument]) -> None:
        self._pages = {page.number: page for document in documents for page in document.pages}
        self._log = Log()
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.endswith("/models"):
                    self._send(
                        {"object": "list", "data": [{"id": MODEL, "object": "model", "max_model_len": 16384}]}
                    )
                elif self.path.endswith("/health"):
                    self._send({})
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                message = {"role": "assistant", "content": outer.answer(body)}
                self._send(
                    {
                        "id": "x",
                        "object": "chat.completion",
                        "model": MODEL,
                        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
                    }
                )

            def _send(self, body: dict[str, Any]) -> None:
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ScriptedServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *rest: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take_log(self) -> Log:
        with self._lock:
            log, self._log = self._log, Log()
        return log

    def answer(self, body: dict[str, Any]) -> str:
        prompt, image = _parts(body)
        kind = prompt.strip().rstrip(":") if image is not None else "Cross-page"
        place = read(image, self._knows) if image is not None else None
        sampling = {key: value for key, value in body.items() if key not in ("messages", "model")}
        question = json.dumps([place, prompt, sampling], sort_keys=True)
        with self._lock:
            self._log.kinds[kind] += 1
            self._log.questions[question] += 1
            self._log.unread += image is not None and place is None
        if image is None:
            return _cell_merge(prompt)
        if place is None:
            return ""
        page = self._pages[place[0]]
        if place[1] == PAGE:
            return page.layout()
        return page.blocks[_index(place[1])].reply

    def _knows(self, page: int, block: int) -> bool:
        return page in self._pages and (block == PAGE or _index(block) < len(self._pages[page].blocks))


def _index(block: int) -> int:
    """The place of a block on its page, by the number in its bar code."""
    return block if block < PAGE else block - 1


def _parts(body: dict[str, Any]) -> tuple[str, Image.Image | None]:
    prompt, image = "", None
    for part in body["messages"][-1]["content"]:
        if part["type"] == "text":
            prompt = part["text"]
        else:
            data = part["image_url"]["url"].partition(",")[2]
            image = Image.open(io.BytesIO(base64.b64decode(data)))
    return prompt, image


def _cell_merge(prompt: str) -> str:
    """An answer about cells that go on, made of the question alone; now and then one of no use."""
    digest = hashlib.sha256(prompt.encode()).digest()
    row = _ROW.search(prompt)
    cells = len(ast.literal_eval(row[1])) if row else 1
    if digest[0] % 11 == 0:
        return "I cannot tell."
    if digest[0] % 11 == 1:
        cells += 1
    return str([digest[1 + number % 30] % 2 for number in range(cells)])
