"""Importing the runtimes without what they report to their makers.

``import openvino`` sends an event to an analytics host, and onnxruntime (from 1.32) looks up a telemetry host
and keeps a device identifier below the home folder. Both decide at their import or first session, so both are
switched off before it: a call to ``onnxruntime.disable_telemetry_events`` comes too late.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import cast

SWITCHES = {"ORT_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""Environment variables; the worker and engine images set the same."""

REPORTERS = ("openvino_telemetry",)
"""Modules that only report. OpenVINO has a stand-in of its own for when this one cannot be imported."""


def import_quietly(name: str) -> ModuleType:
    """Import ``name`` with telemetry off, for good and in this process's children too."""
    os.environ.update(SWITCHES)
    for reporter in REPORTERS:
        sys.modules[reporter] = cast("ModuleType", None)  # its import now raises ImportError
    return importlib.import_module(name)
