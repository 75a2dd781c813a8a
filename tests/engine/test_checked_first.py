"""What is refused before a server is asked or started: it would be wrong with every server."""

from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.engine.run_config import check_unserved
from mineru_cli.engine.sizing import check_workers
from mineru_cli.errors import SettingsError
from mineru_cli.settings import Settings

GIB = 1024**3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pages": "5-1"}, "ends before it begins"),
        ({"shard": "4/3"}, "is not a share"),
        ({"recipe": "nosuch"}, "no recipe is called 'nosuch'"),
        ({"recipe_file": "nosuch.yaml"}, "nosuch.yaml cannot be read: No such file or directory"),
        ({"recipe_file": "."}, "cannot be read: Is a directory"),
        ({"ca_file": "nosuch.pem"}, "--ca-file nosuch.pem: there is no such file"),
        ({"rollout": {"candidate": {"recipe": "nosuch"}}}, "no recipe is called 'nosuch'"),
        ({"rollout": {"candidate": {"recipe_file": "nosuch.yaml"}}}, "nosuch.yaml cannot be read"),
    ],
)
def test_what_is_wrong_with_every_server(given: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_unserved(Settings.model_validate(given))
    assert message in caught.value.message


def test_a_recipe_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read: it is not UTF-8"):
        check_unserved(Settings(recipe_file=tmp_path / "r.yaml"))


def test_more_workers_than_the_memory_has_room_for() -> None:
    with pytest.raises(
        SettingsError, match="--workers 1000: this machine has memory for 512 idle ones at most"
    ):
        check_workers(Settings(workers=1000), memory=8 * GIB)
    for fine in (
        Settings(workers=512),
        Settings(),
        Settings(workers=1000, engine="ray", server_url="http://a:1"),
    ):
        check_workers(fine, memory=8 * GIB)
