import sys
from pathlib import Path

import pytest

from mineru_cli.bench.corpus.documents import SyntheticCorpus
from mineru_cli.bench.measure.command import command_line, measure_command, start_and_speed
from mineru_cli.errors import SettingsError

PROGRAM = """
import os, sys, time
count = len(os.listdir(sys.argv[1]))
print(count, os.path.isdir(sys.argv[2]), file=open(sys.argv[0] + ".log", "a"))
time.sleep(0.1 * count)
"""


@pytest.mark.anyio
async def test_a_command_runs_on_one_document_and_on_more(tmp_path: Path) -> None:
    script = tmp_path / "convert.py"
    script.write_text(PROGRAM)
    found = await measure_command(
        f"{sys.executable} {script} {{input}} {{output}}", SyntheticCorpus(), documents=8
    )
    assert Path(f"{script}.log").read_text().split("\n") == ["1 True", "9 True", ""]
    assert str(script) in found.origin
    assert found.gpu_utilisation is None


def test_start_up_and_work_are_distinguished() -> None:
    found = start_and_speed((3, 61.5), (43, 81.5), documents=11)
    assert found.pages_per_second == pytest.approx(2.0)
    assert found.worker_start_seconds == pytest.approx(60.0)
    assert found.pdfs_per_hour == pytest.approx(7200 * 11 / 43)
    assert start_and_speed((1, 0.1), (11, 10.1), documents=11).worker_start_seconds == 0.0
    for too_few in ((43, 60.0), (3, 81.5)):
        with pytest.raises(SettingsError, match="too few"):
            start_and_speed((3, 61.5), too_few, documents=11)


@pytest.mark.anyio
async def test_a_command_that_fails_is_reported_with_its_last_output() -> None:
    command = f"{sys.executable} -c \"import sys; sys.exit('no GPU here')\" {{input}}"
    with pytest.raises(SettingsError, match="no GPU here"):
        await measure_command(command, SyntheticCorpus(), documents=2)
    with pytest.raises(SettingsError, match="cannot be run"):
        await measure_command("/no/such/program {input}", SyntheticCorpus(), documents=2)


def test_folders_are_filled_in_and_never_split(tmp_path: Path) -> None:
    words = command_line("mineru -p {input} --to={output}", Path("/a b"), Path("/c"))
    assert words == ["mineru", "-p", "/a b", "--to=/c"]
    for text in ("mineru -p ./pdfs", "mineru {input} 'x"):
        with pytest.raises(SettingsError, match="--command"):
            command_line(text, tmp_path, tmp_path)
