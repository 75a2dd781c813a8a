import sys
from pathlib import Path

import pytest

from mineru_cli.bench.corpus.documents import SyntheticCorpus
from mineru_cli.bench.measure.command import command_line, measure_command
from mineru_cli.errors import SettingsError

PROGRAM = "import sys,time,os; time.sleep(0.1 + 0.05 * len(os.listdir(sys.argv[1])))"


@pytest.mark.anyio
async def test_start_up_and_work_are_told_apart(tmp_path: Path) -> None:
    script = tmp_path / "convert.py"
    script.write_text(PROGRAM)
    found = await measure_command(
        f"{sys.executable} {script} {{input}} {{output}}", SyntheticCorpus(), documents=8
    )
    assert found.pages_per_second > 0
    assert found.worker_start_seconds >= 0
    assert str(script) in found.origin
    assert found.gpu_utilisation is None


@pytest.mark.anyio
async def test_a_command_that_fails_is_told_with_its_last_words() -> None:
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
