"""How an aborted run is recorded: what can be repeated is given up, the rest has failed."""

from __future__ import annotations

import pytest

from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import RunAborted
from mineru_cli.engine.report import outcome_of
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.errors import (
    AuthenticationFailed,
    DiskFull,
    ServerGivenUp,
    StorageRefused,
    StorageUnavailable,
)


@pytest.mark.parametrize(
    ("error", "name", "code"),
    [
        (ServerGivenUp("away"), "given-up", 4),
        (StorageUnavailable("503"), "given-up", 4),
        (AuthenticationFailed("401"), "failed", 4),
        (StorageRefused("403"), "failed", 2),
        (DiskFull("full"), "failed", 1),
    ],
)
def test_what_ends_a_run_is_given_up_where_repeating_can_help(error, name, code):
    outcome = outcome_of(RunAborted(Failure.of(error)), StopToken())
    assert (outcome.name, outcome.exit_code) == (name, code)
