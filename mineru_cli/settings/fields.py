"""Every setting of a run, declared once.

To add an option, add a field with an ``Option``: the command line, the environment, the file, the reference
and the schema are generated from it. If it changes the output, add it to ``Settings.shaping``, too. Groups
without options (``resilience``) can be set from Python or in the file.
"""

# Without `from __future__ import annotations`: pydantic would parse each annotation again at every start.
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr

from mineru_cli.settings import values
from mineru_cli.settings.declaration import Option, Panel
from mineru_cli.settings.groups import Group, Limits, Rendering, Resilience, Storage
from mineru_cli.settings.rollout import Rollout
from mineru_cli.settings.values import FilePath, Paths, PositiveFloat, PositiveInt, Share, Texts

TextMode = Literal["model", "auto", "layer"]
RecipeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}$")]
"""The name of a model profile (``recipes.profiles``), or "auto" to select it by the served model."""
FileKind = Literal["md", "content_list", "content_list_v2", "middle", "model", "images", "layout", "origin"]
"""Selectable output files of a document."""
DEFAULT_FILES: tuple[FileKind, ...] = ("md", "content_list", "content_list_v2", "middle", "model", "images")
ServerKind = Literal["auto", "embedded", "docker"]
ProgressMode = Literal["auto", "live", "log", "json", "none"]


class SettingsFields(Group):
    """The fields of ``Settings``, which adds what is checked and asked of them together."""

    model_config = ConfigDict(defer_build=True)  # never built by itself

    inputs: Paths = ()
    output: Annotated[
        FilePath,
        Option(
            "Where documents go: a folder, or a URL in object storage.",
            Panel.OUTPUT,
            "OUT",
            short="-o",
            key="folder",
        ),
    ] = Path("mineru-output")
    output_url: str | None = None
    """The output in object storage, if any; ``output`` is then its work folder on this machine."""
    work_dir: Annotated[
        FilePath | None,
        Option(
            "Folder of this machine for the ledger of an output in object storage.",
            Panel.STORAGE,
            "DIR",
            default="one per output below ~/.local/state/mineru-batch",
        ),
    ] = None
    storage: Storage = Storage()

    server_url: Annotated[
        tuple[str, ...],
        BeforeValidator(values.server_urls),
        Option(
            "A server's address. Repeat for several; the variable takes a list with commas.",
            Panel.SERVER,
            "URL",
            key="base_url",
            separator=",",
        ),
    ] = ()
    server: Annotated[
        ServerKind, Option("What to start when no URL is given.", Panel.SERVER, key="launch")
    ] = "auto"
    keep: Annotated[bool, Option("Leave a container running that --server docker started.", Panel.SERVER)] = (
        False
    )
    api_key: Annotated[SecretStr | None, Option("Sent as a bearer token.", Panel.SERVER, "KEY")] = None
    api_key_file: Annotated[
        FilePath | None,
        Field(exclude=True),
        Option("Read the API key from this file: a command line is seen by others.", Panel.SERVER, "FILE"),
    ] = None
    headers: Annotated[
        dict[str, SecretStr],
        BeforeValidator(values.headers),
        Option(
            "A further HTTP header. Repeat for several.",
            Panel.SERVER,
            "'NAME: VALUE'",
            name="header",
            key="headers",
            separator="\n",
        ),
    ] = Field(default_factory=dict)
    header_file: Annotated[
        FilePath | None,
        Field(exclude=True),
        Option("Read further headers from this file, one per line.", Panel.SERVER, "FILE"),
    ] = None
    ca_file: Annotated[
        FilePath | None, Option("Certificates to trust, for a server with its own.", Panel.SERVER, "FILE")
    ] = None
    insecure: Annotated[bool, Option("Do not verify the server's certificate.", Panel.SERVER)] = False
    model: Annotated[
        str | None, Option("Served model; needed only where a server has several.", Panel.SERVER, "NAME")
    ] = None
    request_timeout: Annotated[PositiveFloat, Option("Time for one answer.", Panel.SERVER, "SECONDS")] = 600.0
    server_wait: Annotated[
        PositiveFloat,
        Option(
            "How long to wait for a dead server before giving up. Where it is not given: 60 s for servers "
            "that never answered in this run.",
            Panel.SERVER,
            "SECONDS",
        ),
    ] = 600.0
    dcgm_url: Annotated[
        str | None,
        AfterValidator(values.page_of_an_exporter),
        Option(
            "Page of a DCGM exporter for the server's GPUs.",
            Panel.SERVER,
            "URL",
            default="this machine's own GPUs",
        ),
    ] = None

    recipe: Annotated[
        RecipeName,
        Option(
            "How a page becomes requests: a name of 'recipes list'; auto goes by the served model.",
            Panel.READING,
            "NAME",
        ),
    ] = "auto"
    recipe_file: Annotated[
        FilePath | None,
        Option("A model profile of your own, in YAML. See docs/recipes.md.", Panel.READING, "FILE"),
    ] = None
    text: Annotated[
        TextMode | None,
        Option(
            "Ask the model for all text, or take it from the PDF's own text layer where that can be trusted.",
            Panel.READING,
            default="model; auto on the embedded engine",
        ),
    ] = None
    image_analysis: Annotated[bool, Option("Ask the model what pictures and charts show.", Panel.READING)] = (
        True
    )
    table_formula_wrap: Annotated[
        bool, Option("Mark formulas in the cells of tables as such.", Panel.READING)
    ] = True
    cross_page_tables: Annotated[
        bool,
        Option("Ask the model which cells of a table continue on the next page.", Panel.READING),
    ] = True
    confidence: Annotated[
        bool,
        Option("Ask for the tokens' probabilities: mean and lowest per block in the JSON.", Panel.READING),
    ] = False
    page_fallback: Annotated[
        Literal["none", "layer"],
        Option("What to write for a page that no model could read.", Panel.READING),
    ] = "none"
    password: Annotated[
        tuple[SecretStr, ...],
        BeforeValidator(values.several),
        Option("Tried on encrypted PDFs. Repeat for several.", Panel.READING, "TEXT", separator="\n"),
    ] = ()
    password_file: Annotated[
        FilePath | None,
        Field(exclude=True),
        Option("Read passwords of PDFs from this file, one per line.", Panel.READING, "FILE"),
    ] = None
    rendering: Rendering = Rendering()

    workers: Annotated[
        Annotated[int, Field(ge=1, le=10_000)] | None,
        Option("Worker processes.", Panel.SPEED, key="count", default="one per core, at most 8"),
    ] = None
    engine: Annotated[
        Literal["local", "ray"],
        Option("Where workers run: on this machine, or as actors of a Ray cluster.", Panel.SPEED),
    ] = "local"
    ray_address: Annotated[
        str | None,
        Option(
            "The cluster to join with --engine ray; local starts one here.",
            Panel.SPEED,
            "HOST:PORT",
            default="RAY_ADDRESS, or the cluster on this machine",
        ),
    ] = None
    concurrency: Annotated[
        PositiveInt | None,
        BeforeValidator(values.number_or_auto),
        Option("Requests in flight over all workers.", Panel.SPEED, "N|auto", default="auto"),
    ] = None
    window_pages: Annotated[
        PositiveInt, Option("Pages of a large document handed out at once.", Panel.SPEED)
    ] = 16
    grace: Annotated[
        PositiveFloat, Option("Time for pages in flight after the first Ctrl-C.", Panel.SPEED, "SECONDS")
    ] = 20.0
    document_deadline: Annotated[
        PositiveFloat | None,
        Option(
            "Time for one document, waits included: its pages not done by then fail.", Panel.SPEED, "SECONDS"
        ),
    ] = None

    pages: Annotated[
        str | None,
        Field(coerce_numbers_to_str=True),
        Option("Only these pages of every document, like 1-5,8,20-.", Panel.INPUT, "PAGES"),
    ] = None
    files_from: Annotated[
        FilePath | None,
        Option(
            "Also convert the files named in this list, one per line or each ended by a NUL; - is stdin.",
            Panel.INPUT,
            "FILE|-",
        ),
    ] = None
    allow_empty: Annotated[bool, Option("It is fine when there is nothing to convert.", Panel.INPUT)] = False
    follow_links: Annotated[
        bool,
        Option("Follow links in folders that lead out of them. Workers may then read any file.", Panel.INPUT),
    ] = False
    include: Annotated[Texts, Option("Only paths that match this glob.", Panel.INPUT, "GLOB")] = ()
    exclude: Annotated[Texts, Option("No paths that match this glob.", Panel.INPUT, "GLOB")] = ()
    limit: Annotated[PositiveInt | None, Option("At most this many documents.", Panel.INPUT)] = None
    shard: Annotated[
        str | None,
        Option(
            "Only the I-th of N parts of the documents, for several machines; index/N: the part of this pod "
            "of an Indexed Job.",
            Panel.INPUT,
            "I/N",
        ),
    ] = None
    overwrite: Annotated[
        bool, Option("Convert again what is done, whatever its settings were.", Panel.OUTPUT)
    ] = False
    retry_failed: Annotated[
        bool, Option("Try again what failed; of partial documents only the lost pages.", Panel.INPUT)
    ] = False
    sandbox: Annotated[
        Literal["auto", "require", "off"],
        Option(
            "Deny workers all files, programs and connections but those they need: where the kernel can, "
            "in any case or not at all.",
            Panel.LIMITS,
        ),
    ] = "auto"
    max_error_rate: Annotated[
        Share,
        Option("Exit with 1 when a larger share of documents failed or lost pages.", Panel.LIMITS, "SHARE"),
    ] = 0.001
    layout_pdf: Annotated[
        bool, Option("Also write a PDF with the blocks' boxes drawn on the pages.", Panel.OUTPUT)
    ] = False
    unsafe_markdown: Annotated[
        bool,
        Option("Leave tags, links and images that a page's text spells out as they are.", Panel.OUTPUT),
    ] = False

    format: Annotated[
        Literal["mineru3", "mineru4", "jsonl"],
        Option(
            "What documents become: MinerU 3.4.4's files, MinerU 4's middle JSON, or one line of JSON each.",
            Panel.OUTPUT,
        ),
    ] = "mineru3"
    files: Annotated[
        tuple[FileKind, ...],
        BeforeValidator(values.comma_list),
        Option(
            "Which files to write, with commas: md, content_list, content_list_v2, middle, model, images, "
            "layout, origin.",
            Panel.OUTPUT,
            "LIST",
            default="all but layout, origin",
            separator=",",
        ),
    ] = DEFAULT_FILES
    markdown: Annotated[
        Literal["parity", "clean"],
        Option("MinerU's own Markdown, or ours with levels, list marks and joined tables.", Panel.OUTPUT),
    ] = "parity"
    heading_levels: Annotated[
        bool, Option("Give titles levels 1-4; MinerU gives all of them 1.", Panel.OUTPUT)
    ] = False

    baseline: Annotated[
        FilePath | None,
        Field(exclude=True),
        Option("Score the run against this baseline or earlier run.", Panel.REPORTING, "BASE"),
    ] = None
    progress: Annotated[
        ProgressMode,
        Field(exclude=True),
        Option("Live view, plain log lines, one JSON event per line on stdout, or nothing.", Panel.REPORTING),
    ] = "auto"
    report: Annotated[
        FilePath | None,
        Field(exclude=True),
        Option("Also write a page with charts of the run.", Panel.REPORTING, "FILE.html"),
    ] = None
    log_file: Annotated[
        FilePath | None,
        Option("Also write the run as JSON lines, rotated at 50 MB.", Panel.REPORTING, "FILE"),
    ] = None
    metrics_port: Annotated[
        int | None,
        Field(ge=0, le=65535),
        Option("Serve Prometheus metrics on this port while the run lasts.", Panel.REPORTING, "N"),
    ] = None
    metrics_textfile: Annotated[
        FilePath | None,
        Option("Write Prometheus metrics to a file for node_exporter.", Panel.REPORTING, "FILE"),
    ] = None
    pushgateway: Annotated[
        str | None,
        Option("Push Prometheus metrics to a Pushgateway.", Panel.REPORTING, "URL"),
    ] = None

    limits: Limits = Limits()
    resilience: Resilience = Resilience()
    rollout: Rollout = Rollout()
    logins: dict[str, SecretStr] = Field(default_factory=dict)
    """Credentials from the URLs: ``user:password`` by address."""
