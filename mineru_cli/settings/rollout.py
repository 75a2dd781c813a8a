"""Settings of a gradual rollout: the candidate, its share of documents, and its guards."""

# Without `from __future__ import annotations`: pydantic would parse each annotation again at every start.
import shlex
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mineru_cli.settings import values
from mineru_cli.settings.declaration import Option, Panel
from mineru_cli.settings.groups import Group
from mineru_cli.settings.values import FilePath, PositiveInt, Share

Percent = Annotated[float, Field(ge=0, le=100)]


def _command_line(value: Any) -> Any:
    """Text that a shell accepts as a command. Raises ``ValueError`` for other values."""
    try:
        words = shlex.split(str(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not a command line: {error}") from None
    if not words:
        raise ValueError("it is empty: write a command line or a URL")
    return value


class Candidate(Group):
    """The candidate: other servers, another model, or other settings. None means as in the baseline."""

    base_url: Annotated[
        tuple[str, ...],
        BeforeValidator(values.server_urls),
        Option(
            "A server to try on a share of the documents. Repeat for several.",
            Panel.ROLLOUT,
            "URL",
            name="candidate_url",
            separator=",",
        ),
    ] = ()
    model: str | None = None
    recipe: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}$")] | None = None
    recipe_file: FilePath | None = None
    text: Literal["model", "auto", "layer"] | None = None
    image_analysis: bool | None = None
    table_formula_wrap: bool | None = None
    cross_page_tables: bool | None = None

    @property
    def given(self) -> bool:
        """Whether there is a candidate."""
        return bool(self.model_dump(exclude_defaults=True))


class Guard(Group):
    """A guard judges after ``min_sample`` documents of the candidate, then every ``interval`` documents."""

    min_sample: PositiveInt = 20
    interval: PositiveInt = 5


class ErrorRateGuard(Guard):
    """``limit`` is the maximum share of documents with server faults above the baseline's share, 0-1."""

    limit: Share = 0.005


class MatchGuard(Guard):
    """``limit`` is the minimum mean match of the candidate's documents with the baseline's, 0-1."""

    limit: Share = 0.98


class LatencyGuard(Guard):
    """``limit`` is the maximum ratio of the candidate's answer times to the baseline's."""

    limit: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.5


class Guards(Group):
    """``confidence`` is the probability that a candidate just within its limit is never reverted."""

    error_rate: ErrorRateGuard = ErrorRateGuard()
    match: MatchGuard = MatchGuard()
    latency: LatencyGuard = LatencyGuard()
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.995


class Rollout(Group):
    """A gradual rollout. ``shadow_percent`` of the candidate's documents are also converted by the baseline.

    All of them are until the match was judged good for the first time; 0 disables comparisons.
    """

    candidate: Candidate = Candidate()
    percent: Annotated[
        Percent,
        Option(
            "Share of the documents that go to the candidate, by a hash of their content.",
            Panel.ROLLOUT,
            "0-100",
            name="candidate_percent",
        ),
    ] = 10.0
    shadow_percent: Percent = 10.0
    fallback: Annotated[str, BeforeValidator(_command_line)] | None = None
    """The converter of documents after a revert, in place of the baseline.

    A command line with ``{input}`` and ``{output}``, or the URL of MinerU's own service. In the file:
    ``mineru.workers.fallback``.
    """
    guards: Guards = Guards()
