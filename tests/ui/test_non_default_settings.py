from __future__ import annotations

from mineru_cli.settings import Limits, Settings
from mineru_cli.ui.non_default_settings import chosen_settings


def test_defaults_are_not_listed():
    assert chosen_settings(Settings().model_dump(mode="json")) == []


def test_what_differs_has_a_readable_name_and_value():
    settings = Settings(
        server_url=("http://name:secret@gpu:8000/v1",),
        window_pages=4,
        overwrite=True,
        limits=Limits(worker_memory=512 << 20),
    )
    shown = settings.model_dump(mode="json")
    shown["resilience"]["retry"]["attempts"] = 9
    assert chosen_settings(shown) == [
        ("server url", "http://gpu:8000"),
        ("window pages", "4"),
        ("overwrite", "yes"),
        ("worker memory", "512 MiB"),
        ("retry attempts", "9"),
    ]


def test_strange_settings_do_no_harm():
    assert chosen_settings(["no", "mapping"]) == []
    assert chosen_settings({"a\x1b[2J": {"b": 1}}) == [("a\\x1b[2J b", "1")]
