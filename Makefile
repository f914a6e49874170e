# MOSS Desktop: set-up, start and checks. `make help` lists the targets.
#
#   PYTHON      the interpreter of the virtual environment; the first Python >= 3.11 found
#   MOSS_ACCEL  cpu, cuda, metal or vulkan: what llama.cpp is built for; found by itself
#   ARGS        arguments for `make run`, as in make run ARGS="--cli"
#   MOSS_ENGINE portable or native: which llama.cpp `make package` takes; native is
#               that of the virtual environment, and only for this very computer
#
# What setting up says goes to standard error: standard output belongs to the answers.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install
PYTEST := QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(or $(firstword $(foreach p,$(PYTHONS),\
  $(shell $p $(NEW_ENOUGH) 2>/dev/null && echo $p))),python3)

# ---- what llama.cpp is built for ---------------------------------------------------

SYSTEM := $(shell uname)
NVCC := $(shell command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null)
NVIDIA_GPU := $(shell nvidia-smi -L 2>/dev/null | grep -c '^GPU')

ifeq ($(SYSTEM),Darwin)
  MOSS_ACCEL ?= metal
else ifeq ($(if $(NVCC),$(filter-out 0,$(NVIDIA_GPU))),)
  MOSS_ACCEL ?= cpu
else
  MOSS_ACCEL ?= cuda
endif

NAME_cpu := CPU
NAME_cuda := CUDA
NAME_metal := Metal
NAME_vulkan := Vulkan
ifndef NAME_$(MOSS_ACCEL)
  $(error MOSS_ACCEL is "$(MOSS_ACCEL)"; it can be cpu, cuda, metal or vulkan)
endif

# pip keeps the wheels that it built, but not what they were built with: so the CPU's
# arguments never change, and every other build leaves pip's cache alone.
CMAKE_cpu := $(if $(filter Darwin,$(SYSTEM)),-DGGML_METAL=OFF)
CMAKE_cuda := -DGGML_CUDA=ON $(if $(NVCC),-DCMAKE_CUDA_COMPILER=$(NVCC))
CMAKE_metal := -DGGML_METAL=ON
CMAKE_vulkan := -DGGML_VULKAN=ON
LLAMA_CMAKE := $(strip -DLLAVA_BUILD=OFF $(CMAKE_$(MOSS_ACCEL)))
LLAMA_CACHE := $(if $(filter cpu,$(MOSS_ACCEL)),,--no-cache-dir)
LLAMA := $(shell sed -n 's/^ *"\(llama-cpp-python==[^"]*\)".*/\1/p' pyproject.toml)

# ---- Debian and Ubuntu packages ----------------------------------------------------

# A C++ compiler for llama.cpp, and for PySide6 (which brings Qt itself) the libraries
# of a desktop and a Chinese font.
PACKAGES := g++ libgomp1 fonts-wqy-microhei libdbus-1-3 libegl1 libfontconfig1 libgl1 \
  libglib2.0-0 libwayland-cursor0 libwayland-egl1 libx11-xcb1 libxcb-cursor0 \
  libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 \
  libxcb-shape0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon0 \
  libxkbcommon-x11-0# Debian keeps a part of venv in a package of its own.
VENV_PACKAGE = $(if $(wildcard $(CREATED)),,$(shell \
  $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo $(PYTHON)-venv))
# The tests drive a real window on a display of their own, and watch for sockets.
TEST_PACKAGES := openbox strace xclip xdotool xvfb

# $(call install,PACKAGES): those of PACKAGES that are missing, where there is apt-get.
# Newer releases call some libraries …t64. Without the right to install it says what to
# do and goes on: the terminal needs none of the window's libraries.
define install
@command -v apt-get >/dev/null || exit 0; \
have=$$(dpkg-query -W -f '$${db:Status-Abbrev}$${Package} '); missing=; \
for p in $(1); do \
  case $$have in *"i $$p "*|*"i $${p}t64 "*) ;; *) missing="$$missing $$p";; esac; \
done; \
[ "$$missing" ] || exit 0; \
as_root=false; \
if command -v sudo >/dev/null; then as_root='sudo env'; fi; \
if [ "$$(id -u)" = 0 ]; then as_root=env; fi; \
echo "Missing; installing with apt-get (a minute or two):$$missing" >&2; \
apt="$$as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0"; \
{ $$apt update || true; $$apt install --no-install-recommends $$missing; } \
  </dev/null >/dev/null || { \
  echo 'That needs root and could not be done. Someone who may can do it with'; \
  echo "  apt-get install --no-install-recommends$$missing"; \
} >&2
endef

# ---- what has been done: an empty file for each step -----------------------------

CREATED := $(VENV)/.created
BUILT = $(VENV)/.$(subst ==,-,$(LLAMA))-$(MOSS_ACCEL)
RUN := $(VENV)/.run
DEV := $(VENV)/.dev

# ---- packages ----------------------------------------------------------------------

# llama.cpp with a module for each kind of processor, chosen when it starts. It takes
# longer to compile than everything else, so that it is kept beside pip's own cache.
MOSS_ENGINE ?= portable
CMAKE_portable := -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON \
  -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF -DCMAKE_INSTALL_BINDIR=llama_cpp/lib \
  -DCMAKE_INSTALL_LIBDIR=llama_cpp/lib -DCMAKE_INSTALL_INCLUDEDIR=llama_cpp/include
WHEELS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/moss-desktop-build
WHEEL = $(WHEELS)/$(subst ==,-,$(LLAMA))-portable
PACKAGE_VENV := build/venv
PACKAGE_PIP := $(PACKAGE_VENV)/bin/python -m pip --disable-pip-version-check install
ifeq ($(MOSS_ENGINE),portable)
  BUILDER := $(PACKAGE_VENV)
else ifeq ($(MOSS_ENGINE),native)
  BUILDER := $(VENV)
else
  $(error MOSS_ENGINE is "$(MOSS_ENGINE)"; it can be portable or native)
endif
PACKAGER := $(BUILDER)/.packager
# For the .deb, the tar.xz and what is asked of libraries.
PACKAGE_PACKAGES := binutils dpkg xz-utils
FROZEN := dist/moss/moss

# ---- targets -----------------------------------------------------------------------

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test coverage lint setup clean system system-test package package-test

help:
	@echo 'make run       set up what is missing and open the chat (ARGS="--cli": in the terminal)'
	@echo 'make test      set up what is missing, then run every check and test'
	@echo 'make coverage  the tests, and which lines they reach'
	@echo 'make lint      the checks without the tests'
	@echo 'make setup     only set up what `make run` needs'
	@echo 'make package   the program as packages in dist/, for computers without Python'
	@echo 'make package-test  try the program in dist/'
	@echo 'make clean     remove the virtual environment and everything that tools left'

run: setup
	@$(BIN)/moss $(ARGS)

setup: $(RUN)

test: lint system-test
	$(PYTEST) $(ARGS)

coverage: $(DEV) system-test
	$(PYTEST) --cov $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) build dist .coverage* .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

package: $(FROZEN)
ifeq ($(SYSTEM),Linux)
	$(BUILDER)/bin/python -m resources.packaging.linux_packages dist/moss --out dist
endif
	$(BUILDER)/bin/python -m resources.packaging.sizes dist/moss

package-test: $(DEV) $(FROZEN) system-test
	MOSS_TEST_PACKAGE=$(FROZEN) $(PYTEST) tests/e2e/test_package.py $(ARGS)

system:
ifeq ($(wildcard $(CREATED)),)
	@$(PYTHON) $(NEW_ENOUGH) || { \
	  echo "MOSS Desktop needs Python 3.11 or newer; this is $$($(PYTHON) --version)."; \
	  echo 'On Ubuntu 22.04: apt-get install python3.11 python3.11-venv'; \
	  exit 1; \
	} >&2
endif
	$(call install,$(PACKAGES) $(VENV_PACKAGE))

system-test:
	$(call install,$(TEST_PACKAGES))

$(CREATED): | system
	@$(PYTHON) -m venv $(VENV) >&2
	@touch $@

$(BUILT): | $(CREATED)
	@command -v "$${CXX:-c++}" >/dev/null || { \
	  echo 'A C++ compiler is needed: g++, or on macOS "xcode-select --install".' >&2; \
	  exit 1; \
	}
	@echo 'llama.cpp: building for $(NAME_$(MOSS_ACCEL))…' \
	  'Compiling takes 5 to 15 minutes, for a graphics card longer; but only once.' >&2
	@CMAKE_ARGS='$(LLAMA_CMAKE)' $(PIP) --no-deps --force-reinstall $(LLAMA_CACHE) \
	  $(LLAMA) </dev/null >&2 || { \
	  echo 'llama.cpp could not be built for $(NAME_$(MOSS_ACCEL)); see above.' \
	    $(if $(LLAMA_CACHE),'"MOSS_ACCEL=cpu make run" does without.') >&2; \
	  exit 1; \
	}
	@rm -f $(VENV)/.llama-* && touch $@

# What is in these two is decided by pyproject.toml; `dev` holds `run`.
$(RUN): pyproject.toml $(BUILT) | system
	@echo 'Installing the Python packages… (about 150 MB the first time)' >&2
	@$(PIP) -q -e . </dev/null >&2
	@touch $@

$(DEV): pyproject.toml $(BUILT) | system
	@echo 'Installing the Python packages and the tools… (about 200 MB the first time)' >&2
	@$(PIP) -q -e '.[dev]' </dev/null >&2
	@touch $(RUN) $@

$(WHEEL): | $(CREATED)
	@echo 'llama.cpp: building for every processor… It takes 20 minutes; but only once.' >&2
	@mkdir -p $(WHEELS)
	@CMAKE_ARGS='$(CMAKE_portable)' $(BIN)/python -m pip --disable-pip-version-check \
	  wheel --no-deps --no-cache-dir -w $@.new $(LLAMA) </dev/null >&2
	@mv $@.new $@

$(PACKAGE_VENV)/.packager: pyproject.toml $(WHEEL)
	$(call install,$(PACKAGE_PACKAGES))
	@$(PYTHON) -m venv --clear $(PACKAGE_VENV) >&2
	@$(PACKAGE_PIP) -q --no-deps $(WHEEL)/*.whl </dev/null >&2
	@$(PACKAGE_PIP) -q -e '.[package]' </dev/null >&2
	@touch $@

$(VENV)/.packager: $(DEV)
	$(call install,$(PACKAGE_PACKAGES))
	@$(PIP) -q -e '.[dev,package]' </dev/null >&2
	@touch $@

SOURCES := moss.spec pyproject.toml $(shell find app converter resources -type f \
  -not -name '*.pyc' -not -path '*/demo_training/*')
$(FROZEN): $(PACKAGER) $(SOURCES)
	$(BUILDER)/bin/python -m PyInstaller --noconfirm --log-level WARN \
	  --distpath dist --workpath build moss.spec
	@touch $@
