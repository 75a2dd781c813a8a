"""Where the address and the credentials of a bucket come from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mineru_cli.domain.location import ObjectLocation, local_folder, object_location, work_folder
from mineru_cli.errors import SettingsError, StorageRefused, StorageUnavailable
from mineru_cli.settings import Settings
from mineru_cli.settings.groups import Storage

pytest.importorskip("obstore", reason="the storage extra is not installed")

from mineru_cli.store.objects.connect import _s3, open_bucket

BUCKET = ObjectLocation("s3", "bucket", "")
CREDENTIALS = """
[default]
aws_access_key_id = mine
aws_secret_access_key = very-secret-value

[work]
aws_access_key_id = theirs
aws_secret_access_key = other-secret-value
aws_session_token = some-token
"""
CONFIG = """
[default]
region = eu-central-1

[profile work]
region = eu-west-1
endpoint_url = https://s3.example.org

[profile login]
sso_session = corporate
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(CREDENTIALS)
    (tmp_path / ".aws" / "config").write_text(CONFIG)
    return {"HOME": str(tmp_path)}


def test_the_default_profile_is_used_where_the_environment_has_no_key(home: dict[str, str]):
    assert _s3(Storage(), home) == {
        "access_key_id": "mine",
        "secret_access_key": "very-secret-value",
        "region": "eu-central-1",
    }


def test_a_profile_is_chosen_by_its_name(home: dict[str, str]):
    assert _s3(Storage(), {**home, "AWS_PROFILE": "work"}) == {
        "access_key_id": "theirs",
        "secret_access_key": "other-secret-value",
        "session_token": "some-token",
        "region": "eu-west-1",
        "endpoint": "https://s3.example.org",
    }


@pytest.mark.parametrize(
    "variables", [{"AWS_ACCESS_KEY_ID": "x"}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"}]
)
def test_the_environment_comes_first(home: dict[str, str], variables: dict[str, str]):
    assert _s3(Storage(), {**home, **variables}) == {}


def test_options_come_before_a_profile(home: dict[str, str]):
    storage = Storage(endpoint="http://minio:9000", region="here", path_style=False, requester_pays=True)
    config = _s3(storage, {**home, "AWS_PROFILE": "work"})
    assert (config["endpoint"], config["region"]) == ("http://minio:9000", "here")
    assert config["virtual_hosted_style_request"] is True
    assert config["request_payer"] is True


def test_anonymous_requests_carry_no_key(home: dict[str, str]):
    assert _s3(Storage(anonymous=True), home) == {"skip_signature": True}


@pytest.mark.parametrize(("profile", "words"), [("gone", "no AWS profile 'gone'"), ("login", "from SSO")])
def test_a_profile_that_cannot_be_used_is_explained(home: dict[str, str], profile: str, words: str):
    with pytest.raises(StorageRefused, match=words):
        _s3(Storage(), {**home, "AWS_PROFILE": profile})


def test_a_broken_configuration_names_its_file(home: dict[str, str]):
    Path(home["HOME"], ".aws", "config").write_text("region = nowhere")
    with pytest.raises(StorageRefused, match="config cannot be read as an AWS configuration"):
        _s3(Storage(), home)


class Recorder(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def recorder() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_requester_pays_and_path_style_are_in_the_request(
    recorder: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-value")
    endpoint = f"http://127.0.0.1:{recorder.server_address[1]}"
    bucket = open_bucket(BUCKET, Storage(endpoint=endpoint, region="x", requester_pays=True, path_style=True))
    assert bucket.get("a/b.pdf") is None
    path, headers = recorder.seen[0]
    assert path == "/bucket/a/b.pdf"
    assert {name.lower(): value for name, value in headers.items()}["x-amz-request-payer"] == "requester"


def test_a_missing_answer_is_reported_as_such_after_the_retries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-value")
    bucket = open_bucket(BUCKET, Storage(endpoint="http://127.0.0.1:9", region="x", retry_for=0.3))
    with pytest.raises(StorageUnavailable, match="also after retries") as met:
        bucket.put("a", b"x")
    assert met.value.exit_code == 4, "a Job tries again"


def test_a_url_without_a_bucket_is_refused():
    location = object_location("s3://")
    assert location is not None
    with pytest.raises(StorageRefused, match="names no bucket"):
        open_bucket(location, Storage())


def test_an_output_in_object_storage_has_a_work_folder_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    settings = Settings(output="s3://bucket/a/out/")
    assert settings.output_url == "s3://bucket/a/out"
    assert settings.output.parent == Path("/home/me/.local/state/mineru-batch")
    assert settings.output == work_folder("s3://bucket/a/out") == local_folder(Path("s3://bucket/a/out"))
    assert work_folder("s3://bucket/b/out") != settings.output
    assert Settings(output="s3://bucket/out", work_dir="/state").output == Path("/state")
    assert Settings(output="out").output_url is None
    with pytest.raises(SettingsError, match="a baseline is compared with files"):
        Settings(output="s3://bucket/out", baseline="base")
