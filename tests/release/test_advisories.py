"""`.ci/advisories.py`: which locked versions a copy of PyPI's advisory database names."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.version import Version

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "advisories.py"


@pytest.fixture(scope="module")
def advisories() -> Any:
    spec = importlib.util.spec_from_file_location("advisories", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(*events: dict[str, str], name: str = "Some.Package", **more: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [
            {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "0123abc"}]},
            {"type": "ECOSYSTEM", "events": list(events)},
        ],
    }
    return {
        "id": "PYSEC-1",
        "aliases": ["CVE-1"],
        "modified": "2026-01-02T03:04:05Z",
        "affected": [affected | more],
    }


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("0.9", False),
        ("1.0", True),
        ("1.2", True),
        ("1.3", False),
        ("2.0rc1", False),
        ("2.0", True),
        ("2.1", True),
        ("2.2", False),
    ],
)
def test_ranges_begin_with_introduced_and_end_before_fixed_or_after_last_affected(
    advisories, version, affected
):
    ranges = record({"fixed": "1.3"}, {"introduced": "1.0"}, {"introduced": "2.0"}, {"last_affected": "2.1"})
    assert advisories.affects(ranges, "some-package", Version(version)) is affected


def test_a_version_may_be_listed_and_a_list_may_hold_what_is_not_a_version(advisories):
    listed = record({"introduced": "1"}, {"fixed": "2"}, versions=["3.0.0", "dev-build"])
    assert advisories.affects(listed, "some-package", Version("3.0.0"))
    assert not advisories.affects(listed, "some-package", Version("3.0.1"))
    assert not advisories.affects(listed, "another-package", Version("3.0.0"))


@pytest.mark.parametrize(("version", "code"), [("1.0", 1), ("1.3", 0)])
def test_a_lock_file_is_matched_and_what_was_found_is_printed(advisories, tmp_path, capsys, version, code):
    folder = tmp_path / "vulns" / "some-package"
    folder.mkdir(parents=True)
    (folder / "PYSEC-1.yaml").write_text(yaml.safe_dump(record({"introduced": "0"}, {"fixed": "1.3"})))
    withdrawn = record({"introduced": "0"}) | {"id": "PYSEC-2", "withdrawn": "2026-01-03T00:00:00Z"}
    (folder / "PYSEC-2.yaml").write_text(yaml.safe_dump(withdrawn))
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"some-package=={version} ; python_version < '4' \\\n    --hash=sha256:0\n    # via x\nother==1 \\\n    --hash=sha256:1\n"
    )
    assert advisories.main(str(tmp_path), str(lock)) == code
    printed = capsys.readouterr().out
    assert (f"some-package {version}: PYSEC-1 CVE-1" in printed) is bool(code)
    assert (
        f"2 pins, 1 advisories up to 2026-01-02, 1 of them about packages that are locked: {code} affect"
        in printed
    )


def test_a_folder_without_a_record_is_not_a_clean_bill(advisories, tmp_path, capsys):
    (tmp_path / "requirements.lock").write_text("some-package==1\n")
    assert advisories.main(str(tmp_path), str(tmp_path / "requirements.lock")) == 2
    assert "no advisory" in capsys.readouterr().err
