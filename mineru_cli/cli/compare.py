"""``mineru-batch compare-baseline``: quality regressions of a run against a baseline."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mineru_cli.cli.flags import expanded
from mineru_cli.cli.help import Command, single_command
from mineru_cli.domain.location import is_object_url
from mineru_cli.errors import UsageError
from mineru_cli.quality.settings import (
    GATE,
    INPUTS,
    WEIGHTS,
    CheckLimits,
    CompareSettings,
    GateSettings,
    Scoring,
)
from mineru_cli.settings.declaration import Flag

if TYPE_CHECKING:
    from mineru_cli.quality.reports.summary import Summary

REPORTS = "Reports"
_ALLOW_FILES = ("quality-allow.json", "quality-allow.yaml")

app = single_command()


@dataclass(frozen=True, slots=True)
class ComparisonReports:
    """Options of the output: terminal and files."""

    json: Annotated[Path | None, Flag("Everything, for machines.", REPORTS, metavar="FILE")] = None
    junit: Annotated[Path | None, Flag("Rules and documents as tests.", REPORTS, metavar="FILE")] = None
    markdown: Annotated[
        Path | None, Flag("A summary; also written to $GITHUB_STEP_SUMMARY.", REPORTS, metavar="FILE")
    ] = None
    html: Annotated[Path | None, Flag("One page with everything in it.", REPORTS, metavar="FILE")] = None
    pdfs: Annotated[
        Path | None,
        Flag(
            "Where the PDFs are, for page images in the HTML, if the run does not know.",
            REPORTS,
            metavar="DIR",
        ),
    ] = None
    show: Annotated[int, Flag("Changed documents listed on the terminal.", REPORTS, low=0)] = 10

    @property
    def files(self) -> dict[str, Path | None]:
        """The files by kind, None for those not requested."""
        return {"json": self.json, "junit": self.junit, "markdown": self.markdown, "html": self.html}


@dataclass(frozen=True, slots=True)
class ScoringOptions:
    """Options that are parsed into values of ``Scoring``."""

    weights: Annotated[
        str | None,
        Flag(
            "Weights: of a character of text, table, formula; of order and types, all content having 1.",
            GATE,
            default=",".join(f"{name}={weight:g}".replace("=0.", "=.") for name, weight in WEIGHTS.items()),
        ),
    ] = None
    strict_unicode: Annotated[
        bool, Flag("Full-width forms and ligatures differ from plain ones (NFC).", INPUTS)
    ] = False


@app.command("compare-baseline", cls=Command)
@expanded
def compare_baseline(
    base: Annotated[
        Path,
        typer.Argument(
            metavar="BASE",
            envvar="MINERU_BATCH_BASELINE",
            help="A run's output, a recorded baseline, MinerU's output, or any folder of Markdown.",
        ),
    ] = Path("baseline"),
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", envvar="MINERU_BATCH_OUTPUT", help="The same, to be judged."),
    ] = Path("mineru-output"),
    *,
    gate: GateSettings,
    limits: CheckLimits,
    text: ScoringOptions,
    settings: CompareSettings,
    reports: ComparisonReports,
) -> None:
    """Compare the quality of two outputs and fail when RUN is worse than BASE.

    Exit codes: 0 pass, 1 the gate failed, 2 usage, 3 the two cannot be compared.

    \b
    mineru-batch compare-baseline
    mineru-batch compare-baseline baseline/ out/ --html report.html
    mineru-batch compare-baseline old/ new/ --truth truth/ --json quality.json
    """
    _require(base, f"Record one from a run that is good: mineru-batch baseline record RUN -o {base}")
    _require(run, f"Convert first: mineru-batch convert ./pdfs -o {run}")
    if reports.pdfs and not reports.html:
        typer.echo("warning: --pdfs has no effect: it is for --html", err=True)
    scoring = Scoring(_weights(text.weights), "NFC" if text.strict_unicode else "NFKC", limits)
    settings = replace(settings, gate=gate, scoring=scoring, allow=settings.allow or default_settings().allow)
    raise typer.Exit(show_comparison(base, run, settings, reports))


def default_settings() -> CompareSettings:
    """The defaults of ``compare-baseline``; an existing allow-list is used."""
    return CompareSettings(allow=next((Path(name) for name in _ALLOW_FILES if Path(name).is_file()), None))


def show_comparison(
    base: Path,
    run: Path,
    settings: CompareSettings,
    reports: ComparisonReports = ComparisonReports(),
    *,
    quiet: bool = False,
) -> int:
    """Compare, show the verdict, write the reports; 0 when the gate holds, else 1.

    ``quiet`` writes nothing to stdout: only a failing verdict is shown, on stderr.
    """
    import datetime as dt

    from mineru_cli.quality.compare import compare
    from mineru_cli.quality.reports.ci import github_annotations
    from mineru_cli.quality.reports.files import check_files, write_reports
    from mineru_cli.quality.reports.summary import summarise
    from mineru_cli.ui.tables.quality import show_headline, show_quality

    check_files(reports.files)
    judgement = compare(base, run, settings, today=dt.datetime.now(dt.timezone.utc).date())
    summary = summarise(judgement)
    if not quiet:
        show_quality(summary, sys.stdout, os.environ, most=reports.show)
    elif not judgement.passed:
        show_headline(summary, sys.stderr, os.environ)
    _append_to_step(summary)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(github_annotations(summary))
    write_reports(judgement, summary, reports.files, pdfs=reports.pdfs)
    return 0 if judgement.passed else 1


def _append_to_step(summary: Summary) -> None:
    """Failures are only warnings: the file was not requested explicitly."""
    from mineru_cli.quality.reports.files import append_summary

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            append_summary(summary, Path(path))
        except OSError as error:
            sys.stderr.write(f"$GITHUB_STEP_SUMMARY cannot be written: {error.strerror}\n")


def _require(path: Path, hint: str) -> None:
    if is_object_url(path):
        raise UsageError(
            f"{path} is in object storage, and a comparison reads the files themselves",
            hint="copy it to a folder first, for example with: aws s3 sync",
        )
    if not path.exists():
        raise UsageError(f"{path} does not exist", hint=hint)


def _weights(text: str | None) -> dict[str, float]:
    weights = dict(WEIGHTS)
    for part in text.split(",") if text else ():
        name, equals, value = part.strip().partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not equals or name not in weights or not 0 <= number < 1e6:
            raise UsageError(
                f"--weights {part!r} is not a weight", hint=f"write {','.join(weights)} as name=number"
            )
        weights[name] = number
    if not any(weights.values()):
        raise UsageError("--weights leaves no component with a weight")
    return weights
