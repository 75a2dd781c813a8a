# syntax=docker/dockerfile:1
# worker (the default): the HTTP client alone, no GPU, no torch, no vLLM.   docker build .
# engine: with the embedded CPU engine.                                      docker build --target engine .
# BASE is any Debian or Ubuntu with python3 (3.10 or newer) and its venv module.
ARG BASE=python:3.12-slim-bookworm

# hadolint ignore=DL3006
FROM ${BASE} AS source
WORKDIR /source
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The compiler for mineru_cli/pages/pixels/pixels.c stays in this stage.
# hadolint ignore=DL3008
RUN python3 -m venv /opt/mineru \
    && apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml hatch_build.py README.md LICENSE docker-compose.yml ./
COPY deploy/vllm-mineru deploy/vllm-mineru
COPY share share
COPY mineru_cli mineru_cli

# Wheels only, but for mineru-batch itself: another package that would have to be compiled fails the build.
# pip and setuptools leave with the build stage. Byte code is compiled once here: a read-only container could not keep it.
# It is not checked against its source's time: builders round times to seconds, and it would count as stale.
FROM source AS build-worker
RUN /opt/mineru/bin/pip install --no-compile --only-binary :all: --no-binary mineru-batch '.[code]' \
    && /opt/mineru/bin/pip uninstall --yes pip setuptools \
    && find /opt/mineru \( -name tests -o -name test \) -path '*site-packages*' -type d -prune -exec rm -r {} + \
    && python3 -m compileall -q -f -j 2 --invalidation-mode unchecked-hash /opt/mineru

# rapidocr asks for opencv with a display. It and the headless one are the same module: only the latter may stay.
# OpenVINO's plugins for Intel's GPUs and NPUs (60 MB) are of no use to a CPU engine.
FROM source AS build-engine
RUN /opt/mineru/bin/pip install --no-compile --only-binary :all: --no-binary mineru-batch '.[embedded]' \
    && /opt/mineru/bin/pip uninstall --yes opencv-python opencv-python-headless openvino-telemetry \
    && /opt/mineru/bin/pip install --no-compile --no-deps --only-binary :all: 'opencv-python-headless>=4.10' \
    && /opt/mineru/bin/pip uninstall --yes pip setuptools \
    && rm -f /opt/mineru/lib/python3*/site-packages/openvino/libs/libopenvino_intel_[gn]pu_plugin.so \
        /opt/mineru/lib/python3*/site-packages/openvino/libs/cache.json \
    && find /opt/mineru \( -name tests -o -name test \) -path '*site-packages*' -type d -prune -exec rm -r {} + \
    && python3 -m compileall -q -f -j 2 --invalidation-mode unchecked-hash /opt/mineru

# hadolint ignore=DL3006
FROM ${BASE} AS runtime
LABEL org.opencontainers.image.title="mineru-batch" \
      org.opencontainers.image.description="Converts directories of PDFs with MinerU over a vLLM server" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/mineru/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
# Nothing in the image reports to anybody.
ENV ORT_DISABLE_TELEMETRY=1 DO_NOT_TRACK=1 HF_HUB_DISABLE_TELEMETRY=1
# Chinese, Japanese and Korean fonts that pdfium looks for where a PDF names such a font and does not hold it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-wqy-microhei fonts-ipafont-gothic fonts-unfonts-core \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /data
USER 1000:1000
# The first SIGTERM finishes the pages in flight and leaves a run that resumes.
STOPSIGNAL SIGTERM
ENTRYPOINT ["mineru-batch"]

FROM runtime AS engine
COPY --from=build-engine /opt/mineru /opt/mineru
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# Inside the container every address is its own; who reaches it is decided where the port is published.
CMD ["server", "embedded", "--host", "0.0.0.0", "--port", "8000", "--without-key"]

FROM runtime AS worker
COPY --from=build-worker /opt/mineru /opt/mineru
# A worker listens on nothing: this says that the image and its file system still work.
HEALTHCHECK --interval=60s --timeout=10s --retries=3 CMD ["mineru-batch", "--version"]
CMD ["--help"]
