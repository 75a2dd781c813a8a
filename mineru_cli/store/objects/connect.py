"""Opens buckets: the endpoint from the settings, credentials from their usual places.

obstore itself reads the environment, the web identity of a pod and the role of the machine. It does not read
``~/.aws``: static keys of a profile are read here, anything else in a profile requires boto3.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from mineru_cli.domain.location import ObjectLocation
from mineru_cli.errors import StorageRefused
from mineru_cli.masking import conceal
from mineru_cli.settings.groups import Storage
from mineru_cli.store.objects.bucket import Bucket

_DYNAMIC = ("sso_session", "sso_start_url", "role_arn", "credential_process")
"""Entries of a profile with temporary credentials."""
_NO_KEYS = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
MAX_RETRIES = 50
"""More than fit into ``retry_for``, which is the actual limit."""


def open_bucket(
    location: ObjectLocation, storage: Storage, environment: Mapping[str, str] = os.environ
) -> Bucket:
    """The bucket of a location. No request is sent yet. Raises ``StorageRefused``."""
    if not location.bucket:
        raise StorageRefused(
            f"{location.scheme}:// names no bucket", hint=f"write {location.scheme}://BUCKET/PATH"
        )
    try:
        import obstore.store
    except ImportError:
        raise StorageRefused(
            f"{location.root} needs the storage extra",
            hint="pip install obstore (it needs Python 3.11 or later)",
        ) from None
    common: dict[str, Any] = {
        "client_options": _client(storage),
        "retry_config": {
            "max_retries": MAX_RETRIES,
            "retry_timeout": timedelta(seconds=storage.retry_for),
            "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=15)},
        },
    }
    try:
        if location.scheme == "s3":
            store: Any = obstore.store.S3Store(location.bucket, **_s3(storage, environment), **common)
        elif location.scheme == "gs":
            anonymous: dict[str, Any] = {"skip_signature": True} if storage.anonymous else {}
            store = obstore.store.GCSStore(location.bucket, **anonymous, **common)
        else:
            endpoint: dict[str, Any] = {"endpoint": storage.endpoint} if storage.endpoint else {}
            anonymous = {"skip_signature": True} if storage.anonymous else {}
            store = obstore.store.AzureStore(location.bucket, **endpoint, **anonymous, **common)
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise StorageRefused(
            f"{location.root} cannot be opened: {reason}", hint="see docs/storage.md"
        ) from error
    return Bucket(store, location.root)


def _client(storage: Storage) -> dict[str, Any]:
    client: dict[str, Any] = {"timeout": timedelta(seconds=120), "connect_timeout": timedelta(seconds=10)}
    if (storage.endpoint or os.environ.get("AWS_ENDPOINT_URL", "")).startswith("http://"):
        client["allow_http"] = True
    if storage.ca_file:
        try:
            client["root_certificate"] = storage.ca_file.read_bytes()
        except OSError as error:
            raise StorageRefused(f"{storage.ca_file} cannot be read: {error.strerror}") from error
    return client


def _s3(storage: Storage, environment: Mapping[str, str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    profile = {} if storage.anonymous else _profile(environment)
    if storage.anonymous:
        config["skip_signature"] = True
    elif provider := profile.pop("credential_provider", None):
        config["credential_provider"] = provider
    config.update(profile)
    if storage.endpoint:
        config["endpoint"] = storage.endpoint
    if storage.region:
        config["region"] = storage.region
    if storage.path_style is not None:
        config["virtual_hosted_style_request"] = not storage.path_style
    if storage.requester_pays:
        config["request_payer"] = True
    return config


def _profile(environment: Mapping[str, str]) -> dict[str, Any]:
    """Keys, region and endpoint of the AWS profile in use, as obstore names them.

    Empty where the environment has keys or an identity, which take precedence.
    """
    if environment.get("AWS_ACCESS_KEY_ID") or any(environment.get(name) for name in _NO_KEYS):
        return {}
    home = Path(environment.get("HOME", "~")).expanduser() / ".aws"
    name = environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE") or "default"
    entries: dict[str, str] = {}
    for variable, file, section in (
        ("AWS_CONFIG_FILE", "config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
    ):
        entries.update(_section(Path(environment.get(variable) or home / file), section))
    if not entries and name != "default":
        raise StorageRefused(f"there is no AWS profile {name!r}", hint=f"it is looked for in {home}")
    found: dict[str, Any] = {}
    if "aws_access_key_id" in entries and "aws_secret_access_key" in entries:
        found["access_key_id"] = entries["aws_access_key_id"]
        found["secret_access_key"] = entries["aws_secret_access_key"]
        if token := entries.get("aws_session_token"):
            found["session_token"] = token
        conceal(entries["aws_secret_access_key"], token or "")
    elif any(entry in entries for entry in _DYNAMIC):
        found["credential_provider"] = _boto3_provider(name)
    if "region" in entries and not (environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")):
        found["region"] = entries["region"]
    if "endpoint_url" in entries and not environment.get("AWS_ENDPOINT_URL"):
        found["endpoint"] = entries["endpoint_url"]
    return found


def _section(path: Path, name: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, configparser.Error) as error:
        raise StorageRefused(f"{path} cannot be read as an AWS configuration: {error}") from error
    return dict(parser[name]) if parser.has_section(name) else {}


def _boto3_provider(profile: str) -> Any:
    try:
        import boto3  # type: ignore[import-not-found,unused-ignore]  # not a dependency
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        raise StorageRefused(
            f"the AWS profile {profile!r} takes its credentials from SSO, a role or a process",
            hint="pip install boto3, or export AWS_ACCESS_KEY_ID and its like",
        ) from None
    return Boto3CredentialProvider(boto3.session.Session(profile_name=profile))
