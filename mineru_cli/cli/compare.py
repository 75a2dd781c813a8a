"""``mineru-batch compare-baseline``: did anything get worse, where, and may this ship."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mineru_cli.cli.help import Command
from mineru_cli.errors import UsageError

if TYPE_CHECKING:
    from mineru_cli.quality.compare import CompareSettings
    from mineru_cli.quality.normalise import UnicodeForm
    from mineru_cli.quality.reports.summary import Summary

GATE, REPORTS, INPUTS = "Gate", "Reports", "What is compared"
_ALLOW_FILES = ("quality-allow.json", "quality-allow.yaml")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("compare-baseline", cls=Command)
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
    threshold: Annotated[
        float, typer.Option("--threshold", help="Least run match.", rich_help_panel=GATE, min=0, max=1)
    ] = 0.95,
    strict_ci: Annotated[
        bool,
        typer.Option(
            "--strict-ci",
            help="Hold the lower bound of the interval against the threshold.",
            rich_help_panel=GATE,
        ),
    ] = False,
    component_floor: Annotated[
        float,
        typer.Option(
            "--component-floor",
            help="Least mean of text, table, formula and order, each where 5 documents have it.",
            rich_help_panel=GATE,
            min=0,
            max=1,
        ),
    ] = 0.90,
    component_documents: Annotated[
        int,
        typer.Option(
            "--component-documents",
            help="Documents from which on a component's mean is judged.",
            rich_help_panel=GATE,
            min=1,
        ),
    ] = 5,
    floor: Annotated[
        float,
        typer.Option("--floor", help="Least match of a single document.", rich_help_panel=GATE, min=0, max=1),
    ] = 0.80,
    max_below_floor: Annotated[
        int,
        typer.Option(
            "--max-below-floor", help="Documents that may lie below it.", rich_help_panel=GATE, min=0
        ),
    ] = 0,
    max_changed_numbers: Annotated[
        float,
        typer.Option(
            "--max-changed-numbers",
            help="Share of a document's numerals that may change.",
            rich_help_panel=GATE,
            min=0,
            max=1,
        ),
    ] = 0.01,
    min_changed_numbers: Annotated[
        int,
        typer.Option(
            "--min-changed-numbers",
            help="Changed numerals from which on that share counts.",
            rich_help_panel=GATE,
            min=1,
        ),
    ] = 2,
    length_ratio: Annotated[
        float,
        typer.Option(
            "--length-ratio",
            help="Least ratio of a document's two lengths, the shorter to the longer.",
            rich_help_panel=GATE,
            min=0,
            max=1,
        ),
    ] = 0.8,
    length_from: Annotated[
        int,
        typer.Option(
            "--length-from",
            help="Characters from which on that ratio counts.",
            rich_help_panel=GATE,
            min=0,
        ),
    ] = 500,
    page_floor: Annotated[
        float,
        typer.Option(
            "--page-floor",
            help="Least match of a single page that holds 100 characters or more.",
            rich_help_panel=GATE,
            min=0,
            max=1,
        ),
    ] = 0.60,
    block_floor: Annotated[
        float,
        typer.Option(
            "--block-floor",
            help="Least share of a long block that must be left.",
            rich_help_panel=GATE,
            min=0,
            max=1,
        ),
    ] = 0.70,
    block_from: Annotated[
        int,
        typer.Option(
            "--block-from",
            help="Characters from which on a block is long.",
            rich_help_panel=GATE,
            min=1,
        ),
    ] = 200,
    max_repeats: Annotated[
        int,
        typer.Option(
            "--max-repeats",
            help="How often a phrase may stand at the end of a page or block.",
            rich_help_panel=GATE,
            min=1,
        ),
    ] = 30,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            help="Weights: of a character of text, table, formula; of order and types, all content having 1. "
            "[default: text=1,table=1,formula=1,order=.15,types=.04]",
            rich_help_panel=GATE,
            show_default=False,
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            metavar="DIR",
            help="Ground truth: judge the difference of both runs' scores against it instead.",
            rich_help_panel=GATE,
        ),
    ] = None,
    truth_margin: Annotated[
        float,
        typer.Option(
            "--truth-margin", help="Points that may be lost against it.", rich_help_panel=GATE, min=0
        ),
    ] = 1.0,
    truth_table_margin: Annotated[
        float,
        typer.Option("--truth-table-margin", help="The same for tables.", rich_help_panel=GATE, min=0),
    ] = 2.0,
    allow: Annotated[
        Path | None,
        typer.Option(
            "--allow",
            metavar="FILE",
            help="Known failures with expiry dates. [default: quality-allow.json or .yaml, if there]",
            rich_help_panel=GATE,
            show_default=False,
        ),
    ] = None,
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor", metavar="BASE", help="An older baseline, to show the drift.", rich_help_panel=INPUTS
        ),
    ] = None,
    ignore_extra: Annotated[
        bool,
        typer.Option("--ignore-extra", help="Leave out documents that only RUN has.", rich_help_panel=INPUTS),
    ] = False,
    strict_unicode: Annotated[
        bool,
        typer.Option(
            "--strict-unicode",
            help="Full-width forms and ligatures differ from plain ones (NFC).",
            rich_help_panel=INPUTS,
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", help="Processes that score. [default: one per core]", rich_help_panel=INPUTS, min=1
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Everything, for machines.", rich_help_panel=REPORTS),
    ] = None,
    junit_file: Annotated[
        Path | None,
        typer.Option(
            "--junit", metavar="FILE", help="Rules and documents as tests.", rich_help_panel=REPORTS
        ),
    ] = None,
    markdown_file: Annotated[
        Path | None,
        typer.Option(
            "--markdown",
            metavar="FILE",
            help="A summary; also written to $GITHUB_STEP_SUMMARY.",
            rich_help_panel=REPORTS,
        ),
    ] = None,
    html_file: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="One page with everything in it.", rich_help_panel=REPORTS
        ),
    ] = None,
    pdfs: Annotated[
        Path | None,
        typer.Option(
            "--pdfs",
            metavar="DIR",
            help="Where the PDFs are, for page images in the HTML, if the run does not know.",
            rich_help_panel=REPORTS,
        ),
    ] = None,
    show: Annotated[
        int,
        typer.Option(
            "--show", help="Changed documents listed on the terminal.", rich_help_panel=REPORTS, min=0
        ),
    ] = 10,
) -> None:
    """Compare the quality of two outputs and fail when RUN is worse than BASE.

    Exit codes: 0 pass, 1 the gate failed, 2 usage, 3 the two cannot be compared.

    \b
    mineru-batch compare-baseline
    mineru-batch compare-baseline baseline/ out/ --html report.html
    mineru-batch compare-baseline old/ new/ --truth truth/ --json quality.json
    """
    from mineru_cli.quality.checks import CheckLimits
    from mineru_cli.quality.compare import CompareSettings
    from mineru_cli.quality.gate import GateSettings
    from mineru_cli.quality.score import Scoring

    _there(base, f"Record one from a run that is good: mineru-batch baseline record RUN -o {base}")
    _there(run, f"Convert first: mineru-batch convert ./pdfs -o {run}")

    gate = GateSettings(
        threshold=threshold,
        strict_ci=strict_ci,
        component_floor=component_floor,
        component_documents=component_documents,
        floor=floor,
        max_below_floor=max_below_floor,
        max_changed_numbers=max_changed_numbers,
        min_changed_numbers=min_changed_numbers,
        truth_margin=truth_margin,
        truth_table_margin=truth_table_margin,
    )
    limits = CheckLimits(
        length_ratio, length_from, max_repeats, page_floor, block_floor=block_floor, block_from=block_from
    )
    form: UnicodeForm = "NFC" if strict_unicode else "NFKC"
    settings = CompareSettings(
        gate=gate,
        scoring=Scoring(weights=_weights(weights), form=form, limits=limits),
        truth=truth,
        anchor=anchor,
        allow=allow or default_settings().allow,
        ignore_extra=ignore_extra,
        workers=workers,
    )
    files = {"json": json_file, "junit": junit_file, "markdown": markdown_file, "html": html_file}
    raise typer.Exit(show_comparison(base, run, settings, files, pdfs, show))


def default_settings() -> CompareSettings:
    """What ``compare-baseline`` compares by when nothing is said; an allow-list that is there counts."""
    from mineru_cli.quality.compare import CompareSettings

    return CompareSettings(allow=next((Path(name) for name in _ALLOW_FILES if Path(name).is_file()), None))


def show_comparison(
    base: Path,
    run: Path,
    settings: CompareSettings,
    files: dict[str, Path | None] | None = None,
    pdfs: Path | None = None,
    show: int = 10,
    *,
    quiet: bool = False,
) -> int:
    """Compare, show the verdict, write the reports; 0 when the gate holds, else 1.

    ``quiet`` leaves stdout alone: only a verdict that is no pass is told, on stderr.
    """
    import datetime as dt

    from mineru_cli.quality.compare import compare
    from mineru_cli.quality.reports.ci import github_annotations
    from mineru_cli.quality.reports.files import check_files, write_reports
    from mineru_cli.quality.reports.summary import summarise
    from mineru_cli.ui.tables.quality import show_headline, show_quality

    check_files(files or {})
    judgement = compare(base, run, settings, today=dt.datetime.now(dt.timezone.utc).date())
    summary = summarise(judgement)
    if not quiet:
        show_quality(summary, sys.stdout, os.environ, most=show)
    elif not judgement.passed:
        show_headline(summary, sys.stderr, os.environ)
    _append_to_step(summary)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(github_annotations(summary))
    write_reports(judgement, summary, files or {}, pdfs=pdfs)
    return 0 if judgement.passed else 1


def _append_to_step(summary: Summary) -> None:
    """Nobody asked for this file by name: where it cannot be written, the verdict still stands."""
    from mineru_cli.quality.reports.files import append_summary

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            append_summary(summary, Path(path))
        except OSError as error:
            sys.stderr.write(f"$GITHUB_STEP_SUMMARY cannot be written: {error.strerror}\n")


def _there(path: Path, hint: str) -> None:
    if not path.exists():
        raise UsageError(f"{path} does not exist", hint=hint)


def _weights(text: str | None) -> dict[str, float]:
    from mineru_cli.quality.metrics.registry import WEIGHTS

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
