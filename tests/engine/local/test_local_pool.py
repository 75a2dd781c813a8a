from __future__ import annotations

from mineru_cli.engine.engines import open_engine
from mineru_cli.engine.pool import Engine
from tests.engine.pool_contract import WorkerPoolContract


class TestLocalPool(WorkerPoolContract):
    def engine(self) -> Engine:
        return open_engine()
