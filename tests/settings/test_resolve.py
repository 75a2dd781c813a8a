"""Flag before environment before file before default."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from mineru_cli.errors import SettingsError
from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import options_of
from mineru_cli.settings.resolve import (
    Given,
    Origin,
    from_environment,
    from_flags,
    resolve,
    unknown_variables,
)

OPTIONS = options_of(Settings)
WORKERS, PAGES = ("workers",), ("limits", "max_pages")
FILE = Given(
    {WORKERS: 1, PAGES: 7}, {WORKERS: Origin("file", "f.yaml:2:5"), PAGES: Origin("file", "f.yaml:3:5")}
)


def test_the_strongest_place_wins_and_is_remembered() -> None:
    environment = from_environment({"MINERU_BATCH_WORKERS": "2", "MINERU_BATCH_GRACE": "3"}, OPTIONS)
    found = resolve(from_flags({WORKERS: "4"}, OPTIONS), environment, FILE)
    assert (found.settings.workers, found.settings.grace, found.settings.limits.max_pages) == (4, 3.0, 7)
    assert found.origins[WORKERS] == Origin("flag", "--workers")
    assert found.origins["grace",] == Origin("environment", "MINERU_BATCH_GRACE")
    assert found.origins[PAGES].kind == "file"
    assert ("window_pages",) not in found.origins


@pytest.mark.parametrize(
    ("variable", "text", "path", "value"),
    [
        ("SERVER_URL", "http://a:1, http://b:2/v1", "server_url", ("http://a:1", "http://b:2")),
        ("INCLUDE", "*.pdf *.png", "include", ("*.pdf", "*.png")),
        (
            "HEADER",
            "Authorization: Bearer x y\nX-Team: docs",
            "headers",
            {"Authorization": SecretStr("Bearer x y"), "X-Team": SecretStr("docs")},
        ),
        ("OVERWRITE", "true", "overwrite", True),
        ("OVERWRITE", "0", "overwrite", False),
        ("CONCURRENCY", "auto", "concurrency", None),
    ],
)
def test_variables_are_text(variable: str, text: str, path: str, value: object) -> None:
    found = resolve(from_environment({f"MINERU_BATCH_{variable}": text}, OPTIONS))
    assert getattr(found.settings, path) == value


def test_an_empty_variable_is_not_given() -> None:
    assert from_environment({"MINERU_BATCH_API_KEY": ""}, OPTIONS) == Given()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (from_flags({WORKERS: "x"}, OPTIONS), "--workers: 'x' is not a whole number"),
        (
            from_environment({"MINERU_BATCH_WORKERS": "x"}, OPTIONS),
            "MINERU_BATCH_WORKERS: 'x' is not a whole number",
        ),
        (Given({WORKERS: "x"}, FILE.origins), "f.yaml:2:5: 'x' is not a whole number"),
        (from_flags({("headers",): ["x"]}, OPTIONS), "--header: a header is written as 'Name: value'"),
    ],
)
def test_the_message_names_what_was_given(place: Given, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve(place)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("path", "value", "option"),
    [
        (("server_url",), [""], "--server-url"),
        (("model",), "", "--model"),
        (("output",), "", "--output"),
        (("api_key",), "", "--api-key"),
    ],
)
def test_an_option_whose_shell_variable_is_not_set_is_refused(
    path: tuple[str, ...], value: object, option: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        from_flags({path: value}, OPTIONS)
    assert caught.value.message == f"{option}: the value is empty: leave the option out for its default"


def test_a_percentage_without_a_candidate_is_refused() -> None:
    percent, url = ("rollout", "percent"), ("rollout", "candidate", "base_url")
    with pytest.raises(SettingsError, match=r"^--candidate-percent is given, and there is no candidate$"):
        resolve(from_flags({percent: "10"}, OPTIONS))
    assert resolve(from_flags({percent: "10", url: ["http://a:1"]}, OPTIONS)).settings.rollout.percent == 10
    assert (
        resolve(Given({percent: "10"}, {percent: Origin("file", "f.yaml:2:5")})).settings.rollout.percent
        == 10
    )


def test_misspelt_variables_are_found() -> None:
    environ = {
        "MINERU_BATCH_WORKRS": "2",
        "MINERU_BATCH_WORKERS": "2",
        "HOME": "/",
        "MINERU_BATCH_OTHER_TOOL": "1",
    }
    assert unknown_variables(environ, others=["MINERU_BATCH_OTHER_TOOL"]) == [
        "MINERU_BATCH_WORKRS is not a variable of any setting; did you mean 'MINERU_BATCH_WORKERS'?"
    ]
