"""Measurements run the whole engine in the test's own loop; the engine's few small files may block it."""

import pytest

ENGINE = {
    "run": {"convert_async", "_commit"},
    "local/pool": {"_attend", "start"},
    "schedule/coordinator": {"receive", "_take_all"},
    "schedule/supervisor": {"watch"},
}


@pytest.fixture(autouse=True)
def engine_files(no_blocking_calls) -> None:
    for function in no_blocking_calls.functions.values():
        for module, names in ENGINE.items():
            function.can_block_in(f"mineru_cli/engine/{module}.py", names)
