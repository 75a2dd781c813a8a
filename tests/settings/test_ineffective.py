"""Options of a command line that have no effect in a run are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import options_of
from mineru_cli.settings.ineffective import ineffective
from mineru_cli.settings.resolve import from_environment, from_flags, resolve

OPTIONS = {one.name: one for one in options_of(Settings)}


def lines(**given: Any) -> list[str]:
    inputs = given.pop("inputs", ["a.pdf"])
    flags = from_flags({OPTIONS[name].path: value for name, value in given.items()}, OPTIONS.values())
    return list(ineffective(resolve(flags, inputs=inputs)))


URL = ["http://gpu1:8000"]


@pytest.mark.parametrize(
    ("alone", "together", "message"),
    [
        ({"ray_address": "h:1"}, {"engine": "ray", "server_url": URL}, "--ray-address has no effect: it is for --engine ray"),
        ({"keep": True}, {"server": "docker"}, "--keep has no effect: it is for --server docker without --server-url"),
        ({"work_dir": "w"}, {"output": "s3://b/out"}, "--work-dir has no effect: it is for an output in object storage"),
        ({"storage_region": "eu"}, {"inputs": ["s3://b/in"]}, "--storage-region has no effect: neither inputs nor output are in object storage"),
        ({"requester_pays": True}, {"files_from": "list"}, "--requester-pays has no effect: neither inputs nor output are in object storage"),
        ({"api_key": "k"}, {"server": "docker"}, "--api-key has no effect: it is for --server-url or --server docker"),
        ({"header": ["A: b"]}, {"server_url": URL}, "--header has no effect: it is for --server-url"),
        ({"insecure": True}, {"server_url": URL}, "--insecure has no effect: it is for --server-url"),
        ({"markdown": "clean", "format": "jsonl"}, {"format": "mineru3"}, "--markdown has no effect: it is for --format mineru3"),
        ({"files": "md,model", "format": "mineru4"}, {"format": "mineru3"}, "--files model has no effect: --format mineru4 writes other files"),
    ],
)  # fmt: skip
def test_an_option_without_its_counterpart(
    alone: dict[str, Any], together: dict[str, Any], message: str
) -> None:
    assert lines(**alone) == [message]
    assert lines(**{**alone, **together}) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"server": "docker", "server_url": URL}, "--server has no effect: --server-url names a server"),
        ({"recipe": "markdown", "recipe_file": "p.yaml"}, "--recipe has no effect: the recipe is that of --recipe-file"),
        ({"ca_file": "ca.pem", "insecure": True, "server_url": URL}, "--ca-file has no effect: --insecure verifies no certificate"),
        ({"retry_failed": True, "overwrite": True}, "--retry-failed has no effect: --overwrite converts everything again"),
    ],
)  # fmt: skip
def test_an_option_that_another_one_overrides(given: dict[str, Any], message: str) -> None:
    assert lines(**given) == [message]


def test_a_variable_may_be_for_other_commands() -> None:
    environment = from_environment({"MINERU_BATCH_API_KEY": "k", "MINERU_BATCH_KEEP": "1"}, OPTIONS.values())
    assert list(ineffective(resolve(environment, inputs=["a.pdf"]))) == []


def test_convert_warns(program, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    code, _, err = program("convert", str(tmp_path), "--ray-address", "h:1", "--dry-run")
    assert (code, err) == (0, "warning: --ray-address has no effect: it is for --engine ray\n")
