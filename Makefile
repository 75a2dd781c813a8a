# The one front door. `make help` lists the targets.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: help dev check specification test-fast costs site test test-full bench parity docs example explore image pictures quality soak clean
help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/pytest: pyproject.toml hatch_build.py mineru_cli/pages/pixels/pixels.c
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e '.[embedded,dev]'
	@touch $@

dev: $(BIN)/pytest  ## virtual environment with everything for development

check: dev  ## lint, format, types, layers, docs that must match the code, words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/reference.py --check
	$(BIN)/python docs/style.py
	$(BIN)/python -m tests.specification --check

specification: dev  ## openspec validate --strict over docs/openspec (Node.js 20.19, or the one on PyPI; npm)
	docs/openspec/validate $(VENV)

site: dev  ## the documentation as a site, strictly, in build/site (Python 3.11 or newer); runs every command that it shows, and the examples
	$(BIN)/zensical build --strict
	$(BIN)/pytest -n 2 -m shown tests/docs tests/examples

test: dev  ## the default test run: all tests but the long ones (about 5 minutes on 2 cores)
	$(BIN)/pytest -n 4 --dist worksteal $(PYTEST_OPTIONS)

test-full: dev  ## the long tests too: programs that are killed, real models, Ray, S3 (about 13 minutes on 2 cores)
	$(BIN)/pytest -n 4 --dist worksteal --full $(PYTEST_OPTIONS)

test-fast: dev  ## while you work: the tests that start no program and take little CPU time
	$(BIN)/pytest -n 2 --fast $(PYTEST_OPTIONS)

costs: dev  ## measure what the tests cost: which of them test and test-fast leave out
	$(BIN)/pytest -n 4 --dist worksteal --full --measure-costs

explore: dev  ## new random examples for the property tests (test shows the same ones each time)
	$(BIN)/pytest -n 2 -m "not slow" --hypothesis-profile explore $$(grep -rl '@given' tests)

quality: dev  ## the embedded engine on the examples against its recorded baseline
	$(BIN)/mineru-batch convert examples/pdfs -o out --overwrite --progress log --baseline examples/baseline

example: dev  ## convert examples/pdfs with the embedded engine
	$(BIN)/mineru-batch convert examples/pdfs -o out

docs: dev  ## write the references and docs/openspec/traceability.md anew from the code
	$(BIN)/python docs/reference.py
	$(BIN)/python -m tests.specification

pictures: dev  ## the docs' pictures and recordings anew (tmux, chromium, docker client; five minutes)
	$(BIN)/python docs/pictures

soak: dev  ## half an hour of faults; memory, descriptors, sockets and threads stay flat
	$(BIN)/pytest -m soak tests/chaos/test_soak.py

parity: dev  ## MinerU 3.4.4 itself and we, side by side over one scripted server (installs it below ~/.cache)
	$(BIN)/python -m benchmarks.parity $(PARITY)

bench: dev  ## speed against the peer, side by side, in one run
	$(BIN)/python -m benchmarks

image: dev  ## build the worker image and run it (root; apt: podman buildah runc debootstrap)
	PYTHON=$(abspath $(BIN))/python deploy/image/build-and-run worker

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
