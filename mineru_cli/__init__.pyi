# What type checkers and editors see of ``__init__``, which loads these on demand.
from mineru_cli import errors as errors
from mineru_cli.api import compare as compare
from mineru_cli.api import convert as convert
from mineru_cli.api import convert_async as convert_async
from mineru_cli.api import convert_one as convert_one
from mineru_cli.domain import events as events
from mineru_cli.engine.merge import merge_runs as merge_runs
from mineru_cli.engine.report import RunReport as RunReport
from mineru_cli.engine.results import DocumentResult as DocumentResult
from mineru_cli.engine.stop_token import StopToken as StopToken
from mineru_cli.settings import Settings as Settings

__version__: str
