"""The files that ``bench`` writes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from mineru_cli.cli.bench.options import COMPARE, REPORTS
from mineru_cli.errors import UsageError
from mineru_cli.settings.declaration import Flag

if TYPE_CHECKING:
    from mineru_cli.bench.regression import BenchComparison
    from mineru_cli.bench.result import BenchResult
    from mineru_cli.bench.targets import TargetRow


@dataclass(frozen=True, slots=True)
class Reports:
    """Paths of the reports, None for those not requested. ``save`` is JSON too."""

    json: Annotated[Path | None, Flag("Everything, for machines.", REPORTS, metavar="FILE")] = None
    csv: Annotated[Path | None, Flag("One row per measurement.", REPORTS, metavar="FILE")] = None
    html: Annotated[Path | None, Flag("One page with charts.", REPORTS, metavar="FILE")] = None
    save: Annotated[Path | None, Flag("Keep it for --against.", COMPARE, metavar="FILE")] = None

    def require_writable(self) -> None:
        """Raise ``UsageError`` for files that cannot be written, before minutes are spent on measuring."""
        for name in ("json", "csv", "html", "save"):
            require_writable(name, getattr(self, name))

    def write(
        self, result: BenchResult, targets: Sequence[TargetRow], comparison: BenchComparison | None
    ) -> None:
        """Write the requested reports. Raises ``OutputError``."""
        from mineru_cli.bench.reports.csv import csv_report
        from mineru_cli.bench.reports.json import json_report
        from mineru_cli.store.local.files import write_file

        for path in (self.json, self.save):
            if path is not None:
                text = json_report(
                    result,
                    targets=[row.plain() for row in targets],
                    comparison=comparison.plain() if comparison else None,
                )
                write_file(path, text.encode("utf-8", "replace"))
        if self.csv is not None:
            write_file(self.csv, csv_report(result).encode())
        if self.html is not None:
            from mineru_cli.ui.report.bench_page import bench_page

            write_file(self.html, bench_page(result, targets, comparison).encode("utf-8", "replace"))


def require_writable(name: str, path: Path | None) -> None:
    """Raise ``UsageError`` if the file of option ``name`` cannot be written."""
    if path is None:
        return
    folder = next(parent for parent in (*path.absolute().parents, Path("/")) if parent.exists())
    other = path.exists() and not path.is_file()
    if other or folder.is_relative_to("/dev") or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageError(f"--{name} {path} cannot be written", hint="give a file in a folder of yours")
