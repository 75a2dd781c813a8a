"""What INPUTs may be, what is said where there is nothing to convert, and that results are never inputs."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mineru_cli.errors import InputNotFound
from mineru_cli.settings import Settings
from mineru_cli.sources.discover import Selection, discover
from mineru_cli.sources.inputs import read_list, with_listed_files
from mineru_cli.sources.shard import Shard

ROOT = Path(__file__).parents[2]
PDF = b"%PDF-1.4\n"


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PDF)


def names(*inputs: object, output: Path = Path("/nowhere"), **selection: object) -> list[str]:
    found = discover([str(one) for one in inputs], Selection(**selection), output=output)  # type: ignore[arg-type]
    return [one.key for one in found]


def refusal(*inputs: object, **selection: object) -> InputNotFound:
    with pytest.raises(InputNotFound) as caught:
        names(*inputs, **selection)
    assert caught.value.exit_code == 2
    return caught.value


def test_an_empty_folder_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert error.message == f"there is nothing to convert in {tmp_path}: looked for PDFs and images"
    assert "--allow-empty" in error.hint


def test_files_of_other_types_are_counted(tmp_path: Path) -> None:
    make(tmp_path, "a.docx", "b.docx", "sub/c.xyz")
    assert refusal(tmp_path).message.endswith("; there are 2 .docx, 1 .xyz")


def test_filters_that_match_nothing_are_named(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf")
    assert "images that match '*.tif'" in refusal(tmp_path, include=("*.tif",)).message
    assert refusal(tmp_path, include=("*.tif", "*.gif"), exclude=("a*", "b*")).message.endswith(
        "PDFs and images that match '*.tif' or '*.gif', without those that match 'a*' or 'b*'"
    )
    assert refusal(tmp_path, exclude=("a*",)).message.endswith("images, without those that match 'a*'")


def test_a_shard_may_be_empty_but_not_the_whole(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf")
    parts = [names(tmp_path, shard=Shard.parse(f"{number}/3")) for number in (1, 2, 3)]
    assert sorted(parts) == [[], [], ["a"]]
    empty = tmp_path / "empty"
    empty.mkdir()
    refusal(empty, shard=Shard.parse("1/3"))


def test_allow_empty(tmp_path: Path) -> None:
    for inputs in ([str(tmp_path)], [f"{tmp_path}/*.pdf"], []):
        assert list(discover(inputs, Selection(), output=Path("/nowhere"), allow_empty=True)) == []
    with pytest.raises(InputNotFound):
        discover([f"{tmp_path}/nosuch"], Selection(), output=Path("/nowhere"), allow_empty=True)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("http://host/a.pdf", "is an address", "--server-url"),
        ("HTTPS://host/a.pdf", "is an address", "curl -O"),
        ("ftp://host/a.pdf", "cannot be read from ftp://", "of this machine"),
        ("nosuch", "names no file or folder", "check the path"),
    ],
)
def test_what_is_not_a_path_explains_itself(text: str, message: str, hint: str) -> None:
    error = refusal(text)
    assert message in error.message
    assert hint in error.hint


def test_the_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = Settings(
        inputs=["~/a.pdf", "~", "~nosuchuser/x", "b/~/c"], output="~/out", ca_file=Path("~/ca.pem")
    )
    assert settings.inputs == (f"{tmp_path}/a.pdf", str(tmp_path), "~nosuchuser/x", "b/~/c")
    assert (settings.output, settings.ca_file) == (tmp_path / "out", tmp_path / "ca.pem")


@pytest.mark.parametrize("folder", ["vlm", "auto", "hybrid_auto"])
def test_results_of_any_run_are_never_inputs(folder: str, tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.pdf",
        f"old/a/{folder}/a_content_list.json",
        f"old/a/{folder}/a_layout.pdf",
        f"old/a/{folder}/images/x.jpg",
    )
    results = tmp_path / "old" / "a" / folder
    assert names(tmp_path) == ["a"]
    assert names(f"{tmp_path}/**/*.pdf") == ["a"]
    assert names(tmp_path / "a.pdf", results / "a_layout.pdf") == ["a"]
    refusal(results)
    refusal(results / "a_layout.pdf")


def test_a_folder_of_that_name_without_results_is_an_input(tmp_path: Path) -> None:
    make(tmp_path, "auto/car.pdf")
    assert names(tmp_path) == ["auto/car"]
    assert names(tmp_path / "auto") == ["car"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"a.pdf\nb c.pdf\n\n", ("a.pdf", "b c.pdf")),
        (b"a.pdf\r\nb.pdf", ("a.pdf", "b.pdf")),
        (b"a\nb.pdf\0c.pdf\0", ("a\nb.pdf", "c.pdf")),
        (b"caf\xe9.pdf\n", ("caf\udce9.pdf",)),
        (b"", ()),
        (b"\xef\xbb\xbfa.pdf\r\nb.pdf\r\n", ("a.pdf", "b.pdf")),
    ],
)
def test_a_list_has_a_name_per_line_or_ended_by_nul(
    content: bytes, found: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    assert read_list(path) == found


def test_a_list_on_stdin_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a.pdf\n")))
    settings = with_listed_files(Settings(inputs=["b.pdf"], files_from="-"))
    assert settings.inputs == ("b.pdf", "a.pdf")
    assert with_listed_files(settings) is settings


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound, match=r"--files-from: .*nosuch cannot be read"):
        read_list(tmp_path / "nosuch")


def test_the_command_line(tmp_path: Path) -> None:
    make(tmp_path, "a.pdf", "b.pdf")

    def convert(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mineru_cli", "convert", *arguments]
        environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
        return subprocess.run(
            command, cwd=tmp_path, input=stdin, env=environment, capture_output=True, text=True, check=False
        )

    listed = convert("--files-from", "-", "--dry-run", stdin="b.pdf\n")
    assert (listed.returncode, listed.stdout.splitlines()[-1]) == (0, "1 document")
    assert "b.pdf" in listed.stdout
    nothing = convert("--files-from", "-", stdin="")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert "nothing to convert in an empty list" in nothing.stderr
    (tmp_path / "empty").mkdir()
    assert convert("empty", "--progress", "log").returncode == 2
    assert not (tmp_path / "mineru-output").exists()


def test_a_pdf_is_not_a_list(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    with pytest.raises(InputNotFound, match=r"a\.pdf is a PDF, not a list of names") as caught:
        read_list(path)
    assert caught.value.hint == "give it as INPUT"


def test_a_long_name_is_cut_in_the_message() -> None:
    assert len(refusal("x" * 100_000).message) < 1100
