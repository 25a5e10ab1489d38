# SPDX-License-Identifier: GPL-2.0
# The targets a person types. Kbuild is what the kernel's build system reads.
#
# Without KDIR everything happens in the project's own package root (vm/prepare), against the stock
# kernel. With KDIR=… the module is built with this machine's tools against that prepared tree.

SHELL := /bin/bash
ifneq ($(KDIR),)
  KDIR_OUT := $(CURDIR)/.build/kdir-$(shell printf '%s' '$(KDIR)' | sha256sum | cut -c 1-12)
endif

.DEFAULT_GOAL := modules
.PHONY: all modules modules_install prepare bench test test-debug museum soak doc clippy fmt fmt-check lint rust-analyzer shell clean distclean help

all: modules

modules: ## build rnvme.ko (the default); KDIR=… builds against another prepared tree
ifeq ($(KDIR),)
	@vm/prepare
	@vm/module stock
	@echo "built .build/stock/rnvme.ko"
else
	@vm/kdir '$(KDIR)' $(CC_GIVEN)
	@mkdir -p $(KDIR_OUT)
	+$(MAKE) -C '$(KDIR)' M='$(CURDIR)' MO='$(KDIR_OUT)' CC="$$(vm/kdir --cc '$(KDIR)' $(CC_GIVEN))" modules
	@echo "built $(KDIR_OUT:$(CURDIR)/%=%)/rnvme.ko"
endif

modules_install: modules ## install it: with KDIR as usual, without into INSTALL_MOD_PATH=…
ifeq ($(KDIR),)
	@vm/install '$(INSTALL_MOD_PATH)'
else
	+$(MAKE) -C '$(KDIR)' M='$(CURDIR)' MO='$(KDIR_OUT)' modules_install
endif

prepare: ## make the package root, the kernel tree and the guest's files, where missing
	@vm/prepare

bench: ## compare rnvme with the C driver by fio in the VM; table and data go to results/
	@bench/compare

test: ## run every test; TESTS='PATTERN…' runs some
	@tests/run $(TESTS)

test-debug: ## the guest tests and more on the debug kernel, which takes half an hour to build once
	@RNVME_KERNEL=debug tests/run $(TESTS)

museum: ## real bugs of others, replayed with rnvme and with the C driver; results/museum.md
	@tests/museum/run

soak: ## faults for SOAK_SECONDS (3600), chosen by SEED; writes results/reliability.md
	@tests/soak/run

doc: ## rustdoc of both crates in .build/doc; broken links are errors
	@vm/check doc

clippy: ## clippy under the kernel's settings; warnings are errors
	@vm/check clippy

fmt: ## format the Rust sources as the kernel does
	@vm/check fmt

fmt-check: ## fail where 'make fmt' would change something
	@vm/check fmt-check

lint: ## shellcheck over every script
	@vm/check lint

rust-analyzer: ## write rust-project.json for both crates
	@vm/check rust-analyzer

shell: ## a root shell in the VM, with rnvme bound
	@./qemu-nvme.sh

clean: ## remove what was built; package root and kernel tree stay (RNVME_CACHE, default .cache)
	rm -rf .build rust-project.json

distclean: clean ## remove the package root and the kernel tree too
	@vm/clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

# Passed on only when the caller chose a compiler.
CC_GIVEN := $(if $(filter-out default,$(origin CC)),$(CC))
