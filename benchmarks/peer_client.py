"""The peer: mineru-vl-utils' own http client, driven as MinerU drives it. Runs in the peer's environment.

    python peer_client.py FOLDER URL

Documents are taken three at a time, as MinerU's command takes them. Each is
rendered at 200 dpi in a thread, then handed whole to ``aio_batch_two_step_extract``; 100 requests in flight.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
from mineru_vl_utils import MinerUClient
from PIL import Image

AT_ONCE = 3
LONGEST = 3500
PDFIUM = threading.Lock()


def render(path: Path) -> list[Image.Image]:
    images = []
    with PDFIUM:
        document = pypdfium2.PdfDocument(path)
        for page in document:
            scale = min(200 / 72, LONGEST / max(page.get_size()))
            images.append(page.render(scale=scale).to_pil())
            page.close()
        document.close()
    return images


async def convert(folder: Path, url: str) -> None:
    pool = ThreadPoolExecutor()
    client = MinerUClient("http-client", server_url=url, max_concurrency=100, executor=pool, use_tqdm=False)
    requests, documents = asyncio.Semaphore(100), asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(path: Path) -> None:
        async with documents:
            images = await loop.run_in_executor(pool, render, path)
            await client.aio_batch_two_step_extract(images, semaphore=requests)

    await asyncio.gather(*(one(path) for path in sorted(folder.glob("*.pdf"))))
    await client.aclose()


if __name__ == "__main__":
    asyncio.run(convert(Path(sys.argv[1]), sys.argv[2]))
