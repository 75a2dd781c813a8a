"""Where a rollout cannot work it is refused, before anything is begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mineru_cli import convert
from mineru_cli.errors import SettingsError
from mineru_cli.settings import Settings


@pytest.mark.parametrize(
    "places",
    [
        {"inputs": ("s3://bucket/in",), "output": "out"},
        {"inputs": ("in",), "output": "s3://bucket/out"},
        {"inputs": ("in", "gs://bucket/in/a.pdf"), "output": "out"},
        {"inputs": ("az://container/in",), "output": "az://container/out"},
    ],
)
def test_object_storage_is_refused_with_the_reason(
    places: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    chosen = Settings(
        **places, server_url="http://127.0.0.1:9", rollout={"candidate": {"base_url": "http://127.0.0.1:9"}}
    )
    with pytest.raises(SettingsError, match="a rollout compares files: it needs inputs and output on this"):
        convert(chosen)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_workers_on_a_cluster_are_refused_with_the_reason(tmp_path: Path) -> None:
    chosen = Settings(
        inputs=(tmp_path,),
        output=tmp_path / "out",
        server_url="http://127.0.0.1:9",
        engine="ray",
        rollout={"candidate": {"base_url": "http://127.0.0.1:9"}},
    )
    with pytest.raises(SettingsError, match="needs workers of this machine: with --engine ray"):
        convert(chosen)
    assert not (tmp_path / "out").exists()
