from __future__ import annotations

import pytest

from tests.vllm_double import Double


@pytest.fixture
def double():
    with Double() as server:
        yield server
