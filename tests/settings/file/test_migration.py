"""Ten old files, migrated: the new one is valid, nothing is lost silently, comments survive."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from mineru_cli.cli.app import run
from mineru_cli.errors import SettingsError
from mineru_cli.settings.file.migration.command_line import equivalent
from mineru_cli.settings.file.migration.migrate import migrate
from mineru_cli.settings.file.migration.old_file import read_old_file
from mineru_cli.settings.file.reading import problems_in

OLD = Path(__file__).parent / "old"
FILES = sorted(OLD.iterdir())


def at(text: str, key: str) -> object:
    value = yaml.safe_load(text)
    for part in key.split("."):
        value = value[part]
    return value


def test_there_are_ten() -> None:
    assert len(FILES) >= 10


@pytest.mark.spec("orchestration/configuration/the-monoliths-file-is-migrated")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_old_file_becomes_a_valid_one(path: Path) -> None:
    text = path.read_text()
    found = migrate(text, path.name)
    assert problems_in(found.text, {}) == []
    assert found.needed
    again = migrate(found.text, "mineru-batch.yaml")
    assert (again.needed, again.text) == (False, found.text)


@pytest.mark.spec("orchestration/configuration/the-monoliths-file-is-migrated")
@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix != ".json"], ids=lambda path: path.name
)
def test_no_key_and_no_comment_is_lost(path: Path) -> None:
    text = path.read_text()
    found = migrate(text, path.name)
    kept = {key for key, _ in read_old_file(found.text, "new").entries}
    listed = {change.old for change in found.changes}
    for key, _ in read_old_file(text, path.name).entries:
        assert key in kept | listed | {"version"} or any(one.startswith(f"{key}[") for one in listed), key
    for line in text.splitlines():
        if line.strip().startswith("#"):
            assert line.strip() in found.text, line


def test_the_monoliths_keys() -> None:
    found = migrate((OLD / "monolith.yaml").read_text(), "old.yaml")
    assert at(found.text, "mineru.workers") == {"backend": "vlm-http-client", "count": 4, "concurrency": 32}
    assert at(found.text, "mineru.vllm_server") == {
        "model": "/models/MinerU2.5", "request_timeout": 300, "base_url": "http://127.0.0.1:8000"
    }  # fmt: skip
    assert at(found.text, "mineru.resilience.retry.attempts") == 4
    assert (
        "# the server is started with: vllm serve /models/MinerU2.5 --gpu-memory-utilization 0.5 --tensor-parallel-size 2"
        in found.text
    )
    texts = [change.text for change in found.changes]
    assert "mineru.workers.backend: was vlm-vllm-engine: workers are HTTP clients now" in texts
    assert "mineru.workers.gpu_ids: left out (workers need no GPU: the server's container has it)" in texts
    assert "mineru.vllm_server.base_url (new and required: set it to the address of your server)" in texts


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("workers: {startup_timeout_s: 120}", "workers.startup_timeout_s: left out (workers load no model)"),
        ("workers: {timeout_sec: 30}", "workers.timeout_sec -> mineru.vllm_server.request_timeout"),
        ("output: /data/out", "mineru.output -> mineru.output.folder"),
        ("input: /data/in", "mineru.input: left out (inputs are given on the command line: mineru-batch convert INPUT)"),
        ("log_level: debug", "mineru.log_level: left out (what a run prints and logs is chosen with --progress and --log-file)"),
    ],
)  # fmt: skip
def test_each_of_these_is_known(line: str, change: str) -> None:
    found = migrate(f"mineru:\n  {line}\n", "old.yaml")
    assert change in [
        one.text.removeprefix("mineru.") if "workers" in line else one.text for one in found.changes
    ]
    assert problems_in(found.text, {}) == []


def test_a_group_of_ours_is_not_taken_for_a_single_value() -> None:
    found = migrate("mineru:\n  output: {folder: out}\n  workers: {gpu_ids: [0]}\n", "old.yaml")
    assert at(found.text, "mineru.output.folder") == "out"


def test_a_workers_share_of_the_gpu_is_not_the_servers() -> None:
    found = migrate("mineru:\n  workers: {gpu_memory_utilization: 0.22}\n", "old.yaml")
    assert any("a server alone on its GPU may take 0.9" in change.text for change in found.changes)


def test_comments_stay_at_their_keys() -> None:
    text = "# team: documents\n\nmineru:\n  workers:  # the pool\n    # four fit on one GPU\n    num_workers: 4  # measured in May\n    gpu_ids: [0]  # slot 0\n# end\n"
    found = migrate(text, "old.yaml", server_url="http://gpu:8000")
    assert found.text == (
        "# team: documents\n\nversion: 1\nmineru:\n  workers:\n    # the pool\n    # four fit on one GPU\n"
        "    count: 4  # measured in May\n    backend: vlm-http-client\n  vllm_server:\n"
        "    base_url: http://gpu:8000\n\n# Left out by the migration:\n# slot 0\n"
        "# mineru.workers.gpu_ids: [0]  (workers need no GPU: the server's container has it)\n# end\n"
    )


def test_unknown_keys_are_listed_and_kept_as_comments() -> None:
    found = migrate("mineru:\n  workers: {num_workers: 2}\n  colour: {of: {bikeshed: red}}\n", "old.yaml")
    assert "mineru.colour.of.bikeshed: left out (unknown key: look up what it did)" in [
        one.text for one in found.changes
    ]
    assert "# mineru.colour.of.bikeshed: red" in found.text


def test_two_keys_for_one_setting_are_not_merged_silently() -> None:
    found = migrate("mineru: {workers: {num_workers: 2, max_workers: 3}}\n", "old.yaml")
    assert at(found.text, "mineru.workers.count") == 2
    assert "mineru.workers.max_workers: left out (mineru.workers.count has a value already)" in [
        one.text for one in found.changes
    ]


def test_secrets_do_not_stay_in_the_file() -> None:
    found = migrate("mineru: {vllm_server: {api_key: sk-1, base_url: http://a}}\n", "old.yaml")
    assert "sk-1" not in found.text + "".join(one.text for one in found.changes)
    assert at(found.text, "mineru.vllm_server.api_key_env") == "MINERU_BATCH_API_KEY"
    json_file = migrate('{"bucket_info": {"b": ["ak", "sk-2", "http://s3"]}}', "mineru.json")
    assert "sk-2" not in json_file.text


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "old.yaml", "old.yaml holds no keys"),
        ("- 1", "old.yaml", "old.yaml holds no keys"),
        ("a: [", "old.yaml", "old.yaml:1:5: not valid YAML"),
        ("{", "mineru.json", "mineru.json:1:2: not valid JSON"),
        ("[1]", "mineru.json", "mineru.json holds no keys"),
    ],
)
def test_what_cannot_be_migrated(text: str, name: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        migrate(text, name)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("line", "command", "notes"),
    [
        ("mineru -p pdfs -o out -b vlm-http-client -u http://gpu:8000", "mineru-batch convert pdfs -o out --server-url http://gpu:8000", 0),
        ("mineru -p 'my pdfs' -o out -b vlm-http-client -u http://gpu:8000 -m txt -s 0 -e 4", "mineru-batch convert 'my pdfs' -o out --server-url http://gpu:8000 --text layer --pages 1-5", 0),
        ("mineru --path=a --output=b -b vlm-vllm-engine --vram 8", "mineru-batch convert a -o b --server docker", 2),
        ("mineru -p a -o b -s 2 -l ch --foo", "mineru-batch convert a -o b --server embedded --pages 3-", 3),
    ],
)  # fmt: skip
def test_a_command_line_has_an_equivalent(line: str, command: str, notes: int) -> None:
    import shlex

    found, said = equivalent(shlex.split(line))
    assert (found, len(said)) == (command, notes)


@pytest.mark.parametrize(
    "line", ["mineru", "mineru -p a", "mineru -p a -o b -m foo", "mineru -p a -o b -s x"]
)
def test_an_invalid_command_line_is_rejected(line: str) -> None:
    with pytest.raises(SettingsError, match="not a mineru command line"):
        equivalent(line.split())


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mineru-batch", "config", "migrate", *arguments])
        code = run()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_the_command_writes_once_and_keeps_what_was_there(program, tmp_path: Path) -> None:
    text = (OLD / "monolith.yaml").read_text()
    path = tmp_path / "mineru-batch.yaml"
    path.write_text(text)
    assert program("mineru-batch.yaml", "--check")[0] == 1
    code, diff, _ = program("mineru-batch.yaml", "--diff")
    assert (code, path.read_text()) == (0, text)
    assert "+    backend: vlm-http-client" in diff
    code, _, err = program("mineru-batch.yaml", "-o", "mineru-batch.yaml")
    assert (code, (tmp_path / "mineru-batch.yaml.bak").read_text()) == (0, text)
    assert "written to mineru-batch.yaml" in err
    new, names = path.read_bytes(), sorted(tmp_path.iterdir())
    code, _, err = program("mineru-batch.yaml", "-o", "mineru-batch.yaml")
    assert (code, path.read_bytes(), sorted(tmp_path.iterdir())) == (0, new, names)
    assert "is current: nothing to migrate" in err
    assert program("mineru-batch.yaml", "--check")[0] == 0
    path.write_text("mineru: {workers: {num_workers: 3}}\n")
    program("mineru-batch.yaml", "-o", "mineru-batch.yaml")
    assert (tmp_path / "mineru-batch.yaml.bak.1").exists()


def test_a_value_that_is_not_valid_is_reported_and_nothing_is_written(program, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("mineru: {workers: {num_workers: many}}\n")
    code, _, err = program("old.yaml", "-o", "new.yaml")
    assert (code, (tmp_path / "new.yaml").exists()) == (2, False)
    assert "mineru.workers.count: 'many' is not a whole number" in err


def test_without_a_name_the_new_file_goes_to_stdout(program, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("mineru: {workers: {num_workers: 3}}\n")
    code, out, err = program("old.yaml", "--server-url", "http://gpu:8000")
    assert (code, at(out, "mineru.vllm_server.base_url")) == (0, "http://gpu:8000")
    assert "mineru.workers.num_workers -> mineru.workers.count" in err


def test_a_command_line_as_one_argument(program) -> None:
    code, out, err = program("mineru -p a -o b -b vlm-http-client -u http://gpu:8000 -d cuda")
    assert (code, out) == (0, "mineru-batch convert a -o b --server-url http://gpu:8000\n")
    assert err == "--device: workers need no GPU\n"
