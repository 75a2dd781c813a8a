"""Secrets in files: ``--api-key-file``, ``--header-file``, ``--password-file`` and their variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.errors import SettingsError
from mineru_cli.masking import masked
from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import settings_of
from mineru_cli.settings.resolve import from_environment, resolve


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "key").write_text("key-in-a-file\n")
    (tmp_path / "headers").write_text("X-Api-Key: header-in-a-file\r\n\nX-Other: second-in-a-file\n")
    (tmp_path / "passwords").write_text("password-in-a-file \nother-in-a-file")
    return {
        "MINERU_BATCH_API_KEY_FILE": str(tmp_path / "key"),
        "MINERU_BATCH_HEADER_FILE": str(tmp_path / "headers"),
        "MINERU_BATCH_PASSWORD_FILE": str(tmp_path / "passwords"),
    }


def test_every_secret_can_come_from_a_file_and_is_masked(files: dict[str, str]):
    settings = resolve(from_environment(files, settings_of(Settings))).settings
    assert settings.api_key.get_secret_value() == "key-in-a-file"
    assert settings.headers_for("http://gpu1:8000") == {
        "X-Api-Key": "header-in-a-file", "X-Other": "second-in-a-file"
    }  # fmt: skip
    assert [one.get_secret_value() for one in settings.password] == ["password-in-a-file", "other-in-a-file"]
    for secret in ("key", "header", "second", "password", "other"):
        assert masked(f"said {secret}-in-a-file") == "said ***"
    dumped = settings.model_dump_json()
    assert "in-a-file" not in dumped


def test_what_is_given_comes_before_what_a_file_holds(files: dict[str, str]):
    settings = Settings.model_validate(
        {
            "headers": ["X-Api-Key: given-itself"],
            "password": ["given-too"],
            "header_file": files["MINERU_BATCH_HEADER_FILE"],
            "password_file": files["MINERU_BATCH_PASSWORD_FILE"],
        }
    )
    assert settings.headers_for("http://gpu1:8000")["X-Api-Key"] == "given-itself"
    assert settings.password[0].get_secret_value() == "given-too"
    assert len(settings.password) == 3


def test_a_workers_job_has_what_files_held(files: dict[str, str]):
    settings = resolve(from_environment(files, settings_of(Settings))).settings
    again = Settings.from_wire(settings.to_wire())
    assert again.password == settings.password
    assert again.headers == settings.headers


@pytest.mark.parametrize("option", ["api_key_file", "header_file", "password_file"])
@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"\n \n", "is empty"), (b"\xff\xfe\x00", "is not text")]
)
def test_a_file_without_a_secret_is_an_error_that_names_the_option(
    tmp_path: Path, option: str, content: bytes | None, reason: str
):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(SettingsError, match=reason) as caught:
        Settings.model_validate({option: tmp_path / "file"})
    assert f"--{option.replace('_', '-')}" in caught.value.message
