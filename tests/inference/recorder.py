from __future__ import annotations

import socket
import threading

from mineru_cli.inference.client import Client


class Recorder:
    """Answers every request with 200 and keeps what it was sent, byte by byte."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> Recorder:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while head := self._head(stream):
                length = int(dict(line.lower().split(": ", 1) for line in head[1:])["content-length"])
                self.bodies.append(stream.read(length))
                self.heads.append("\n".join(head))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    @staticmethod
    def _head(stream) -> list[str]:
        lines = []
        while (line := stream.readline().strip()) or not lines:
            lines.append(line.decode(errors="replace"))
            if "HTTP/1.1" not in lines[0]:
                return []
        return lines


async def send(url: str, *bodies: bytes, **options) -> None:
    client = Client(url, **options)
    try:
        for body in bodies:
            await client.chat(body)
    finally:
        await client.aclose()
