from __future__ import annotations

import pytest

from tests.inference.certificates import Authority
from tests.vllm_double import Double


@pytest.fixture
def double():
    with Double() as server:
        yield server


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))
