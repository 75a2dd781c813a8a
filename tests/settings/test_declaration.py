"""Each option is declared once: its names follow from the declaration and are unique."""

from __future__ import annotations

import os
import re
from collections import Counter

import pytest
import typer

from mineru_cli.cli.app import app
from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import Panel, options_of, settings_of, size_text

OPTIONS = options_of(Settings)


@pytest.mark.parametrize("name", ["flag", "variable", "key", "path"])
def test_names_are_unique(name: str) -> None:
    assert (
        max(
            Counter(
                getattr(one, name) for one in settings_of(Settings) if one.option or name in ("key", "path")
            ).values()
        )
        == 1
    )


def test_convert_has_exactly_the_declared_options() -> None:
    command = typer.main.get_command(app).commands["convert"]  # type: ignore[attr-defined]
    options = {max(one.opts, key=len) for one in command.params if one.param_type_name == "option"}
    assert options - {"--dry-run", "--config"} == {one.flag for one in OPTIONS}


def test_every_option_says_what_its_value_is() -> None:
    for one in OPTIONS:
        assert one.option is not None
        assert one.option.help[0].isupper(), one.flag
        assert one.option.help.endswith("."), one.flag
        assert one.is_switch or one.metavar, one.flag
        assert not re.search(r"<|\[env", one.metavar + one.option.help), one.flag


def test_groups_stand_in_the_order_of_the_panels(capsys: pytest.CaptureFixture[str]) -> None:
    command = typer.main.get_command(app).commands["convert"]  # type: ignore[attr-defined]
    context = command.context_class(command, info_name="mineru-batch convert", terminal_width=100)
    headings = re.findall(r"^(\w+):$", command.get_help(context), re.MULTILINE)
    assert headings == ["Arguments", *(panel.value for panel in Panel), "Options"]


@pytest.mark.parametrize(
    ("size", "text"), [(4 * 1024**3, "4G"), (1536 * 1024**2, "1536M"), (1000, "1000"), (0, "0")]
)
def test_sizes_are_shown_with_the_largest_unit_that_is_exact(size: int, text: str) -> None:
    assert size_text(size) == text


def test_importing_settings_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "MINERU_BATCH_WORKERS", "nonsense")
    assert Settings().workers is None
