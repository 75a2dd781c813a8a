"""The shapes of the content lists, ``_middle.json`` and ``_model.json``, for checks and for the docs.

Keys are MinerU's; those that are ours say "ours" in their description and may be absent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from mineru_cli.domain.flaws import BlockFlaw

Thousandth = Annotated[int, Field(ge=0, le=1000)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Angle = Literal[0, 90, 180, 270]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageFailure(_Shape):
    """Why a page could not be converted, or what is wrong with it."""

    code: str = Field(description="name of the error's class, stable")
    message: str = Field(description="a sentence for people")


class _Provenance(_Shape):
    source: Literal["layer"] | None = Field(None, description="ours: the text is the PDF's own text layer")
    flaw: BlockFlaw | None = Field(None, description="ours: what is known to be wrong with the content")


class _Item(_Provenance):
    bbox: tuple[Thousandth, Thousandth, Thousandth, Thousandth] = Field(
        description="x0, y0, x1, y1 in thousandths of the page, origin top left"
    )
    page_idx: int = Field(ge=0, description="page, from 0")
    extra: Literal[True] | None = Field(None, description="ours: text that MinerU drops")


class TextItem(_Item):
    """A paragraph, or a heading if it has a level."""

    type: Literal["text"]
    text: str = Field(description="escaped for Markdown; inline formulas as $...$")
    text_level: int | None = Field(None, ge=1, le=4, description="level of a heading")
    failure: PageFailure | None = Field(None, description="ours: the empty item that marks a failed page")
    fallback: bool | None = Field(None, description="ours: the page's text comes from the text layer instead")
    flaws: list[PageFailure] | None = Field(None, description="ours: flaws of the page as a whole")


class ImageItem(_Item):
    """A figure."""

    type: Literal["image"]
    img_path: str = Field(description="relative to the file, empty if there is no crop")
    content: str = Field(description="what the model says it shows, empty if it was not asked")
    sub_type: str | None = Field(None, description="what kind of picture the model says it is")
    image_caption: list[str]
    image_footnote: list[str]


class ChartItem(_Item):
    """A chart."""

    type: Literal["chart"]
    img_path: str = Field(description="relative to the file, empty if there is no crop")
    content: str = Field(description="its data as the model read them, empty if it was not asked")
    sub_type: str | None = Field(None, description="what kind of chart the model says it is")
    chart_caption: list[str]
    chart_footnote: list[str]


class TableItem(_Item):
    """A table."""

    type: Literal["table"]
    img_path: str = Field(description="crop of its first page, relative to the file, empty if there is none")
    table_caption: list[str]
    table_footnote: list[str]
    table_body: str | None = Field(None, description="HTML; absent where nothing was read")


class EquationItem(_Item):
    """A displayed formula."""

    type: Literal["equation"]
    text: str = Field(description="LaTeX between $$ lines; plain characters in no reliable order")
    text_format: Literal["latex", "plain"] = Field(description="plain is ours: the formula was not read")
    img_path: str | None = Field(
        None, description="ours, of a formula that was not read: its crop, relative to the file"
    )


class CodeItem(_Item):
    """A program listing or an algorithm."""

    type: Literal["code"]
    sub_type: Literal["code", "algorithm"]
    code_caption: list[str]
    code_body: str | None = Field(None, description="the listing with its fence, an algorithm as HTML")


class ListItem(_Item):
    """A list."""

    type: Literal["list"]
    sub_type: Literal["text", "ref_text"]
    list_items: list[str] = Field(description="items with their own marks")


class PlainItem(_Item):
    """A single reference, a reading aid, or a header, footer or the like."""

    type: Literal["ref_text", "phonetic", "header", "footer", "page_number", "aside_text", "page_footnote"]
    text: str


Item = Annotated[
    TextItem | ImageItem | ChartItem | TableItem | EquationItem | CodeItem | ListItem | PlainItem,
    Field(discriminator="type"),
]


class ContentList(RootModel[list[Item]]):
    """``<stem>_content_list.json``: a flat list in reading order, furniture after its page."""


class Entry(_Shape):
    """One block of ``_content_list_v2.json``; the keys of ``content`` follow from ``type``."""

    type: str
    content: dict[str, Any]
    bbox: tuple[Thousandth, Thousandth, Thousandth, Thousandth]
    sub_type: str | None = None
    extra: Literal[True] | None = Field(None, description="ours: text that MinerU drops")


class ContentListV2(RootModel[list[list[Entry]]]):
    """``<stem>_content_list_v2.json``: the blocks of each page, text as spans of one kind."""


Points = tuple[int, int, int, int]


class Span(_Shape):
    """A run of one kind in a line."""

    type: Literal["text", "inline_equation", "interline_equation", "image", "chart", "table"]
    bbox: Points
    content: str | None = Field(None, description="text, LaTeX, or what was read in a figure")
    html: str | None = Field(None, description="a table's cells")
    image_path: str | None = Field(None, description="file in images/, empty if there is no crop")
    cross_page: bool | None = Field(None, description="the span stands on a later page than its block")


class Line(_Shape):
    """A line: one for each block the model saw, which gives no boxes of single lines."""

    bbox: Points
    spans: list[Span]


class _Block(_Provenance):
    type: str
    bbox: Points = Field(description="x0, y0, x1, y1 in points, truncated, origin top left")
    index: int | None = Field(None, ge=0, description="rank in the page's reading order")
    lines_deleted: bool | None = Field(None, description="its content was joined to an earlier block")
    extra: Literal[True] | None = Field(None, description="ours: text that MinerU drops")


class LeafBlock(_Block):
    """A block of lines, on its own or inside a figure, table, listing or list."""

    angle: Angle | None
    lines: list[Line]
    merge_prev: bool | None = Field(None, description="the model says: continues the block before")
    level: int | None = Field(None, ge=1, le=4, description="level of a title, with --heading-levels")
    cell_merge: list[int] | None = Field(None, description="of a table: columns whose first cell continues")
    cross_page: bool | None = Field(None, description="a footnote that stands on a later page than its table")


class SubImage(_Shape):
    """A picture inside a frame of several."""

    type: Literal["image", "chart"]
    bbox: tuple[Fraction, Fraction, Fraction, Fraction] = Field(description="shares of the frame")


class NestedBlock(_Block):
    """A figure, table, listing or list."""

    type: Literal["image", "chart", "table", "code", "list"]
    angle: Angle | None = None
    sub_type: str | None = None
    guess_lang: str | None = Field(None, description="language of a listing")
    sub_images: list[SubImage] | None = Field(None, description="pictures inside a frame of several")
    cell_merge: list[int] | None = None
    blocks: list[LeafBlock]


class MiddlePage(_Shape):
    """One page of ``pdf_info``."""

    page_idx: int = Field(ge=0)
    page_size: tuple[int, int] = Field(description="width and height in points")
    preproc_blocks: list[NestedBlock | LeafBlock] = Field(
        description="blocks before joining over columns and pages"
    )
    para_blocks: list[NestedBlock | LeafBlock] = Field(description="blocks after joining")
    discarded_blocks: list[LeafBlock] = Field(description="headers, footers, page numbers and the like")
    extra_blocks: list[LeafBlock] | None = Field(None, description="ours: text that MinerU drops")
    failure: PageFailure | None = Field(None, description="ours: the page could not be converted")
    fallback: bool | None = Field(None, description="ours: its blocks come from the text layer instead")
    flaws: list[PageFailure] | None = Field(None, description="ours: flaws of the page as a whole")


class Middle(_Shape):
    """``<stem>_middle.json``."""

    pdf_info: list[MiddlePage]
    backend: Literal["vlm"] = Field(alias="_backend")
    version_name: str = Field(alias="_version_name")
    model: str | None = Field(None, alias="_model", description="ours: the served model")
    recipe: str | None = Field(None, alias="_recipe", description="ours: how pages became requests")


class TokenConfidence(_Shape):
    """Probabilities of the tokens of a block."""

    mean: Fraction
    lowest: Fraction


class ModelBlock(_Provenance):
    """A block as the model returned it."""

    type: str
    bbox: tuple[Fraction, Fraction, Fraction, Fraction] = Field(
        description="x0, y0, x1, y1, shares of the page"
    )
    angle: Angle | None
    content: str | None
    merge_prev: bool | None = Field(
        None, description="of text: the model says that it continues the block before"
    )
    sub_type: str | None = Field(None, description="of an image or chart: what kind the model says it is")
    cell_merge: list[int] | None = Field(None, description="of a table: columns whose first cell continues")
    confidence: TokenConfidence | None = Field(None, description="ours: with --confidence")


class Model(RootModel[list[list[ModelBlock]]]):
    """``<stem>_model.json``: the blocks of each page."""
