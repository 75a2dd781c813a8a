"""``Settings`` from Python: what it takes, and the error of our tree for what it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from mineru_cli.errors import MinerUBatchError, SettingsError
from mineru_cli.settings import Limits, Settings


def test_paths_and_text_are_taken_as_inputs() -> None:
    assert Settings(inputs=[Path("a"), "b/*.pdf"]).inputs == ("a", "b/*.pdf")
    assert Settings(inputs=Path("a")).inputs == ("a",)


def test_a_name_that_is_not_utf8_is_kept() -> None:
    assert Settings(inputs=["caf\udce9.pdf"]).inputs == ("caf\udce9.pdf",)


def test_values_may_be_written_as_on_the_command_line() -> None:
    settings = Settings(
        limits={"worker_memory": "1.5GiB"}, server_url="http://a:1/v1,http://b:2/", concurrency="auto"
    )
    assert settings.limits.worker_memory == 1536 * 1024**2
    assert settings.server_url == ("http://a:1", "http://b:2")
    assert settings.concurrency is None
    assert Settings(headers=["X-Team: docs: all"]).headers == {"X-Team": SecretStr("docs: all")}


def test_a_server_that_is_named_twice_is_one_server() -> None:
    given = "http://a:1/v1, HTTP://a:1/,http://user:password@a:1,http://b:2"
    assert Settings(server_url=given).server_url == ("http://a:1", "http://b:2")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"workers": "abc"}, "workers: 'abc' is not a whole number"),
        ({"workers": 0}, "workers: 0 is not allowed: it must be at least 1"),
        (
            {"server": "doker"},
            "server: 'doker' is not one of auto, embedded or docker; did you mean 'docker'?",
        ),
        (
            {"limits": {"max_pagess": 2}},
            "limits.max_pagess: there is no such setting; did you mean 'max_pages'?",
        ),
        ({"limits": {"worker_memory": "2XB"}}, "limits.worker_memory: '2XB' is not a size: write 512M or 2G"),
        ({"server_url": "gpu"}, "server_url: 'gpu' is not the URL of a server: write http://HOST:PORT"),
        ({"concurrency": "lots"}, "concurrency: 'lots' is neither a number above 0 nor auto"),
        ({"request_timeout": float("nan")}, "request_timeout: nan is not a finite number"),
        ({"grace": "inf"}, "grace: 'inf' is not a finite number"),
        ({"server_wait": "1e400"}, "server_wait: '1e400' is not a finite number"),
        ({"workers": 100_000}, "workers: 100000 is not allowed: it must be at most 10000"),
        ({"server_url": ""}, "server_url: it holds no address: write http://HOST:PORT"),
        ({"server_url": [" , "]}, "server_url: it holds no address: write http://HOST:PORT"),
        ({"files": ","}, "files: it holds no name"),
        ({"output": ""}, "output: the name of the file or folder is empty"),
        ({"output": "gcs://b/x"}, "the output 'gcs://b/x' is neither a folder nor a URL in object storage"),
        ({"output": "S3://b/x"}, "the output 'S3://b/x' is neither a folder nor a URL in object storage"),
        (
            {"output": "file:///tmp/x"},
            "the output 'file:///tmp/x' is neither a folder nor a URL in object storage",
        ),
        (
            {"output": "http://u:pw@h/x"},
            "the output 'http://h/x' is neither a folder nor a URL in object storage",
        ),
        (
            {"storage": {"endpoint": "minio:9000"}},
            "storage.endpoint: 'minio:9000' is not the address of a service: write http://HOST:PORT",
        ),
        ({"inputs": [3]}, "inputs: 3 is not text"),
        ({"headers": ["no colon"]}, "headers: a header is written as 'Name: value'"),
        ({"api_key": 3}, "api_key: the value is not text"),
        ({"limits": 3}, "limits: 3 is not a group of settings"),
    ],
)
def test_a_bad_value_is_an_error_of_our_tree(given: dict[str, object], message: str) -> None:
    with pytest.raises(MinerUBatchError) as caught:
        Settings(**given)  # type: ignore[arg-type]
    assert type(caught.value) is SettingsError
    assert caught.value.message == message
    assert caught.value.__cause__ is None


FLOATS = [name for name, field in Settings.model_fields.items() if "float" in str(field.annotation)]


@pytest.mark.parametrize("name", FLOATS)
def test_no_number_is_infinite_because_workers_get_it_as_json(name: str) -> None:
    with pytest.raises(SettingsError):
        Settings(**{name: float("inf")})  # type: ignore[arg-type]


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(workers=0, grace=-1, server="none")  # type: ignore[arg-type]
    assert {problem.path for problem in caught.value.problems} == {("workers",), ("grace",), ("server",)}
    assert caught.value.message.startswith("3 settings are not valid:\n")


def test_secrets_are_not_quoted() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(password=[b"\xff\xfehidden"], headers={"Authorization": ["hidden"]})  # type: ignore[dict-item]
    assert "hidden" not in caught.value.message


def test_workers_get_everything_but_the_paths() -> None:
    settings = Settings(
        inputs=["x"], api_key="k", password=["p"], ca_file=Path("ca.pem"), limits=Limits(max_pages=3)
    )
    again = Settings.from_wire(settings.to_wire())
    assert again == settings.model_copy(update={"inputs": ()})
    assert again.tls_verify == Path("ca.pem")
    assert Settings(insecure=True).tls_verify is False
