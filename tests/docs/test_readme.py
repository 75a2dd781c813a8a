"""What a newcomer copies from README.md is whole, and its figures are those that were measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PERFORMANCE = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def test_a_picture_is_near_the_top_and_every_picture_is_there():
    pictures = re.findall(r"!\[[^]]+]\(([^)]+)\)", README)
    assert all((ROOT / picture).is_file() for picture in pictures)
    assert README.index(pictures[0]) < README.index("## ")


def test_every_link_into_the_repository_leads_somewhere():
    links = [link.partition("#")[0] for link in re.findall(r"]\(([^)]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_line_that_starts_vllm_is_what_compose_starts():
    (line,) = re.findall(r"^vllm serve .*$", README, re.MULTILINE)
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    model, *options = line.removeprefix("vllm serve ").split(" --")
    assert model in compose
    for option in options:
        assert f"--{option.split()[0]}" in compose
    assert "logits-processors mineru_vl_utils:MinerULogitsProcessor" in options


@pytest.mark.parametrize("row", re.findall(r"^\| (?:32|256) \|.*$", README, re.MULTILINE))
def test_a_figure_of_the_comparison_is_in_the_measurements(row: str):
    slots, client, *figures = [cell.strip() for cell in row.strip("|").split("|")]
    (measured,) = re.findall(rf"^\| {slots} \| {client} \|.*$", PERFORMANCE, re.MULTILINE)
    cells = [cell.strip() for cell in measured.strip("|").split("|")]
    assert {figure.removesuffix(" ms") for figure in figures} <= set(cells)


def test_the_two_commands_of_a_fresh_machine_are_shown():
    assert "convert examples/pdfs" in README
    assert "\nmake test\n" in README
