# Each target does its own set-up. Needs git, make and Python >= 3.11 with venv; nothing else.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
RUN = .venv/bin/python
SAM = .venv-sam/bin
DEMO = PLANT LIMITS
SERVE = ENGINE_PORT SMARTDAY_BASE_URL TWENTYFOURSEVENOFFICE_BASE_URL SETTLE_SECONDS POLL_MINUTES \
	TWENTYFOURSEVENOFFICE_APPLICATION_ID
DEPLOY = STAGE SMARTDAY_BASE_URL TWENTYFOURSEVENOFFICE_BASE_URL TWENTYFOURSEVENOFFICE_APPLICATION_ID \
	SETTLE_SECONDS POLL_MINUTES
RECOVER = AGREEMENT STAGE
DEAD_LETTERS = AGREEMENT ALL JSON MESSAGE QUEUE STAGE TASK
# What is given as `make serve ENGINE_PORT=4566` reaches the program.
export $(sort $(DEMO) $(SERVE) $(DEPLOY) $(RECOVER) $(DEAD_LETTERS))
# Set means replaced, so what isn't given must not arrive as an empty value.
$(foreach name,$(sort $(DEMO) $(SERVE) $(DEPLOY) $(RECOVER) $(DEAD_LETTERS)),$(if $($(name)),,$(eval unexport $(name))))

# The two environments are set up side by side.
MAKEFLAGS += --jobs=2

.PHONY: help demo soak serve test lint docs faults-table bench bench-import bench-listing build deploy recover dead-letters redrive lock clean

help:
	@echo "make demo    the whole thing once, by itself     make serve   the same, left running"
	@echo "make test    all tests                           make lint    checks and types"
	@echo "make bench   benchmarks                          make build   the archives for AWS"
	@echo "make bench-import  what an import costs, 1,000 to 100,000 customers; make bench-listing  how to read them"
	@echo "make soak    a thousand orders while everything fails (ten minutes, Linux)"
	@echo "make deploy  to an AWS account                   make clean   remove what was built"
	@echo "make docs    the pages that are made of the code"
	@echo "make faults-table  every fault at every step, and docs/faults.md's table of how it ends"
	@echo "make recover gives lost task records their orders back"
	@echo "make dead-letters lists what the queues gave up, with the reason; make redrive puts it back"

demo: .venv/ready .venv-sam/ready
	@$(RUN) -m sandbox.demo

soak: .venv/ready .venv-sam/ready
	@$(RUN) -m sandbox.soak

serve: .venv/ready .venv-sam/ready
	@exec $(RUN) -m sandbox.serve

test: .venv/ready .venv-sam/ready
	$(RUN) -m pytest -n 2 --cov --cov-report=term

lint: .venv/ready .venv-sam/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=layers/connector/python .venv/bin/lint-imports
	AWS_DEFAULT_REGION=eu-north-1 SAM_CLI_TELEMETRY=0 $(SAM)/sam validate --lint
	$(SAM)/cfn-lint template.yaml
	$(RUN) -m sandbox.template > .aws-sam/transformed.json
	$(SAM)/cfn-lint .aws-sam/transformed.json

docs: .venv/ready
	PYTHONPATH=layers/connector/python $(RUN) -m docs.reference

faults-table: .venv/ready
	$(RUN) -m pytest -n 2 tests/faults/test_matrix.py
	PYTHONPATH=layers/connector/python $(RUN) -m tests.faults.table

bench: .venv/ready .venv-sam/ready
	@for script in bench/bench_*.py; do PYTHONPATH=layers/connector/python $(RUN) -m bench.$$(basename $$script .py) || exit 1; done

# Each is also part of `make bench`.
bench-import bench-listing: .venv/ready
	@PYTHONPATH=layers/connector/python $(RUN) -m bench.$(subst -,_,$@)

# For another target: make build PYTHON_VERSION=3.12 ARCHITECTURE=x86_64 (the same for deploy).
PYTHON_VERSION ?= 3.13
ARCHITECTURE ?= arm64

build deploy: .venv/ready .venv-sam/ready
	@$(RUN) -m sandbox.toolchain $@ --python $(PYTHON_VERSION) --architecture $(ARCHITECTURE)

recover: .venv/ready
	@$(RUN) -m sandbox.recover

dead-letters: .venv/ready
	@$(RUN) -m sandbox.dead_letters list

redrive: .venv/ready
	@$(RUN) -m sandbox.dead_letters redrive

# New versions within what the .in files allow.
COMPILE = .venv/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links
lock: .venv/ready
	@test -x .venv/lock/bin/uv || { $(RUN) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv; }
	$(COMPILE) layers/dependencies/requirements.in -o layers/dependencies/requirements.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/sam.in -o requirements/sam.txt

clean:
	rm -rf .aws-sam .venv .venv-sam .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --no-deps: the locks are complete, and pip trips over extras when it resolves a hashed file.
.venv/ready: requirements/dev.txt
.venv-sam/ready: requirements/sam.txt
.venv/ready .venv-sam/ready:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and was not found on PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(@D) …" >&2
	@rm -rf $(@D) && $(PYTHON) -m venv $(@D) && mkdir -p .aws-sam
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $<
	@touch $@
