"""The manual page of the command, from the command: share/man/man1/mineru-batch.1, written by reference.py."""

from __future__ import annotations

import re
from typing import Any

NAME = """.TH MINERU-BATCH 1 "" "mineru-batch" "User Commands"
.SH NAME
mineru-batch \\- convert directories of PDFs with MinerU over a vLLM server
.SH SYNOPSIS
.B mineru-batch
.I COMMAND
.RI [ OPTION ]...\\ [ ARGUMENT ]...
.SH DESCRIPTION
Converts PDFs and images to Markdown and MinerU's JSON with a model behind an OpenAI\\-compatible server. One server owns
the GPU; this program is a client and needs none. Running the same command again resumes.
"""
END = """.SH ENVIRONMENT
Every option of
.B convert
has a variable: \\fBMINERU_BATCH_\\fR and the option's name in capitals with underscores. An option counts before its
variable, the variable before the file.
.SH FILES
.TP
.I mineru\\-batch.yaml
The configuration file of the working directory; \\fB\\-\\-config\\fR names another one.
.TP
.I OUT/.mineru\\-batch/
What a run keeps: its ledger, finished pages of unfinished documents, \\fIrun.json\\fR, \\fIfailures.jsonl\\fR.
"""


def man_page(commands: list[tuple[str, Any]], exit_codes: str) -> str:
    """``commands`` are their full names and themselves."""
    parts = [NAME, ".SH COMMANDS\n"]
    for path, command in commands:
        if getattr(command, "commands", None) and not command.params:
            continue
        parts.append(_command(path, command))
    return "".join(parts) + f".SH EXIT STATUS\n{_exit_status(exit_codes)}" + END


def _command(path: str, command: Any) -> str:
    context = command.context_class(command, info_name=path, help_option_names=["-h", "--help"])
    lines = [f".SS {_roff(path)}\n", _words(command.help or "")]
    for parameter in command.params:
        if record := parameter.get_help_record(context):
            names = re.sub(r"<[^>]*>", "", record[0]).strip()
            lines.append(f".TP\n.B {_roff(names)}\n{_words(_description(record[1]))}")
    return "".join(lines)


def _description(text: str) -> str:
    """Without what the parser adds in brackets about types; defaults are in --help, which knows their words."""
    return re.sub(r"\s*\[[^\]]*\]\s*$", "", text)


def _words(text: str) -> str:
    """Paragraphs as they are, lines after a backspace mark as lines."""
    out = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("\b"):
            out.append(
                ".RS\n.nf\n" + "".join(f"{_roff(line)}\n" for line in paragraph.splitlines()[1:]) + ".fi\n.RE"
            )
        elif words := " ".join(paragraph.split()):
            out.append(_roff(words))
    return "\n.PP\n".join(out) + "\n" if out else "\n"


def _exit_status(text: str) -> str:
    rows = re.findall(r"(\d+) ([^·]+)", " ".join(text.split()))
    return "".join(f".TP\n.B {code}\n{_roff(words.strip(' .').strip())}\n" for code, words in rows)


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("·", "\\(pc")
    return re.sub(r"^([.'])", r"\\&\1", escaped)
