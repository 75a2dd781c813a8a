"""Mistakes on the command line: one style, the option's name first, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.cli.app import COMMANDS, app
from mineru_cli.domain.location import output_name, work_folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convrt"], "there is no command 'convrt'; did you mean 'convert'?"),
        (["server", "wit"], "there is no command 'wit'; did you mean 'wait'?"),
        (["convert", "x", "--serverurl", "y"], "--serverurl: there is no such option; did you mean --server-url?"),
        (["convert", "x", "--workers"], "--workers: a value is missing"),
        (["convert", "x", "--workers", "abc"], "--workers: 'abc' is not a whole number"),
        (["convert", "x", "--worker-memory", "2XB"], "--worker-memory: '2XB' is not a size: write 512M or 2G"),
        (["convert", "-o", "x"], "INPUT is missing"),
        (["bench", "startup", "--tries", "abc"], "--tries: 'abc' is not a whole number"),
        (["bench", "--duration", "0.1"], "--duration: '0.1' is not allowed: it must be at least 0.5"),
        (["bench", "startup", "--server", "dockr"], "--server: 'dockr' is not one of embedded, docker or none; did you mean 'docker'?"),
        (["compare-baseline", "--threshold", "2"], "--threshold: '2' is not allowed: it must be at most 1"),
        (["runs", "show", "out", "--json", "--html", "x.html"], "--json and --html exclude each other"),
        (["bench", "--duration", "inf"], "--duration: 'inf' is not a finite number"),
        (["bench", "--rate", "inf"], "--rate: 'inf' is not a finite number"),
        (["server", "wait", "--timeout", "inf"], "--timeout: 'inf' is not a finite number"),
        (["completion", "csh"], "bash|zsh|fish: 'csh' is not one of bash, zsh or fish; did you mean 'zsh'?"),
        (["server", "embedded", "--threads", "-1"], "--threads: '-1' is not allowed: it must be at least 0"),
        (["server", "embedded", "--port", "70000"], "--port: '70000' is not allowed: it must be at most 65535"),
        (["server", "up", "--port", "70000"], "--port: '70000' is not allowed: it must be at most 65535"),
        (["bench", "--server", "docke"], "--server: 'docke' is not one of auto, embedded or docker; did you mean 'docker'?"),
        (["bench", "--recipe", "Not a name"], "--recipe: 'Not a name' is not a valid name"),
        (["doctor", "--server-url", "gpu1"], "--server-url: 'gpu1' is not the URL of a server: write http://HOST:PORT"),
    ],
)  # fmt: skip
def test_a_mistake_has_one_style(program, arguments: list[str], message: str) -> None:
    code, out, err = program(*arguments)
    assert (code, out) == (2, "")
    first, *rest = err.splitlines()
    assert first == f"error: {message}"
    assert rest[0].startswith("  see: mineru-batch")


def test_a_variable_is_named(program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINERU_BATCH_GRACE", "soon")
    code, _, err = program("convert", "x", "--workers", "1")
    assert (code, err.splitlines()[0]) == (2, "error: MINERU_BATCH_GRACE: 'soon' is not a number")


@pytest.mark.parametrize("arguments", [[], ["convert"], ["runs"], ["server"]])
def test_nothing_given_shows_the_help_on_stderr(program, arguments: list[str]) -> None:
    code, out, err = program(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: mineru-batch")


def test_the_list_of_commands_loads_none_of_them(program) -> None:
    code, out, _ = program("--help")
    assert code == 0
    for name, lazy in COMMANDS.items():
        assert name in out
        assert lazy.summary.split()[0] in out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_help_uses_the_terminals_width(program, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = program("convert", "--help")
    lines = [len(line) for line in out.splitlines() if "mineru-batch" not in line]
    assert width - 20 <= max(lines) <= width


def test_one_line_about_variables_instead_of_one_per_option(program) -> None:
    _, out, _ = program("convert", "--help")
    assert out.count("MINERU_BATCH_") == 1
    assert "[env var" not in out


def test_summaries_are_those_of_the_commands() -> None:
    import typer

    root = typer.main.get_command(app)
    for name in ("convert", "compare-baseline", "doctor"):
        command = root.commands[name]  # type: ignore[attr-defined]
        assert command.help.split("\n\n")[0].replace("\n", " ").strip() == COMMANDS[name].summary


def test_an_output_in_object_storage_is_named_by_its_address(
    program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for command in (["runs", "show"], ["runs", "failures"], ["runs", "retry"], ["rollout", "status"]):
        code, _, err = program(*command, "s3://bucket/out")
        assert code == 2
        assert err.splitlines()[0] == (
            "error: s3://bucket/out: no run of this machine has written there, unless with a --work-dir"
        )


def test_the_name_of_an_output_leads_to_it(tmp_path: Path) -> None:
    url = "s3://bucket/out"
    assert output_name(work_folder(url), url) == url
    assert output_name(tmp_path, url) == str(tmp_path)
    assert output_name(tmp_path, None) == str(tmp_path)
