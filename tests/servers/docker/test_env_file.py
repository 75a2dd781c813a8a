"""Which ``.env`` was read, and what it sets, is said before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.servers.docker.config import DockerConfig, describe_env_file

TEXT = (
    "# a comment\nVLLM_IMAGE=theirs\nexport MINERU_BIND=0.0.0.0\nEMPTY=\n#MINERU_PORT=1\n\nHF_TOKEN=canary\n"
)


def test_without_one_nothing_is_reported(tmp_path: Path):
    assert describe_env_file(DockerConfig(folder=tmp_path)) == ""


@pytest.mark.parametrize(("mode", "open_to_others"), [(0o600, False), (0o640, True), (0o604, True)])
def test_it_is_named_with_what_it_sets_and_no_values(tmp_path: Path, mode: int, open_to_others: bool):
    file = tmp_path / ".env"
    file.write_text(TEXT)
    file.chmod(mode)
    said = describe_env_file(DockerConfig(folder=tmp_path))
    assert said.startswith(f"{file} sets VLLM_IMAGE, MINERU_BIND, HF_TOKEN")
    assert "canary" not in said
    assert ("chmod 600" in said) is open_to_others


def test_a_file_without_secrets_may_be_read_by_others(tmp_path: Path):
    (tmp_path / ".env").write_text("MINERU_PORT=8001\n")
    (tmp_path / ".env").chmod(0o644)
    assert describe_env_file(DockerConfig(folder=tmp_path)).endswith(" sets MINERU_PORT")


def test_a_revision_of_the_weights_reaches_the_compose_file():
    assert DockerConfig(revision="abc123").environment()["MINERU_REVISION"] == "abc123"
    assert "MINERU_REVISION" not in DockerConfig().environment()
