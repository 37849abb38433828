# terraform-swarm-helpers: `make help` lists the targets.

comma      := ,
PKG_CONFIG ?= pkg-config
PREFIX     ?= /usr/local
DESTDIR    ?=
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
BUILD      ?= build
# Small: the time goes into the network and into libcrypto, not into this code.
OPTIMIZE   := $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
CFLAGS     ?= $(OPTIMIZE) -g
Q          := $(if $(V),,@)

DEPS       := jansson libssh2 libcurl libcrypto zlib
# One variant of objects a folder, so that sanitizer and release never mix.
VARIANT    := $(if $(SAN),$(subst $(comma),-,$(SAN)),release)$(if $(filter clang%,$(CC)),-clang)
OUT        := $(BUILD)/$(VARIANT)
BIN        := $(if $(SAN),$(OUT)/bin,bin)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wconversion
HARDEN := $(if $(SAN),-O1 -fsanitize=$(SAN) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE
# noseparate-code: a page's filling less in the file, for each of nine files.
LINK_HARDEN := -pie $(if $(SAN),-fsanitize=$(SAN)) $(if $(filter Linux,$(shell uname -s)),\
	-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now -Wl$(comma)--gc-sections -Wl$(comma)--as-needed \
	-Wl$(comma)-z$(comma)noseparate-code)

# Of gcc alone: every executable is one program to the compiler. Objects can be linked without
# it (-fno-lto), as the tests are, which put functions of their own in place of some.
LTO := $(if $(SAN),,$(if $(findstring Free Software Foundation,$(shell $(CC) --version 2>/dev/null)),-flto=auto))
# Relocations as a bit map: an ELF loader has to know them, which that of glibc does from 2.36 on.
RELR := $(if $(SAN),,$(shell getconf GNU_LIBC_VERSION 2>/dev/null | \
	awk '$$2 >= 3 || substr($$2, 3) >= 36 { print "-Wl,-z,pack-relative-relocs" }'))
LINK_SMALL = $(RELR) $(if $(LTO),$(LTO) $(ALL_CFLAGS),-fno-lto)

ALL_CPPFLAGS = -Ihelpers -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(DEPS_CFLAGS) $(CPPFLAGS)
# Nothing unwinds a stack at run time; debuggers have .debug_frame.
ALL_CFLAGS   = -std=c11 $(WARN) $(HARDEN) -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-plt $(if $(LTO),$(LTO) -ffat-lto-objects) \
	-pthread $(if $(WERROR),-Werror) $(CFLAGS)
ALL_LDFLAGS  = $(LINK_HARDEN) -pthread $(LDFLAGS)

VERSION      := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)
DEPS_CFLAGS  = $(shell $(PKG_CONFIG) --cflags $(DEPS))
DEPS_LIBS    = $(shell $(PKG_CONFIG) --libs $(DEPS))

HELPERS := fetch-tokens prepare-node init-swarm join-node drain-and-remove drain-swarm describe-swarm \
	fetch-host-key forget-host roll-swarm backup-swarm restore-swarm store-tokens deploy-stack remove-stack describe-stack \
	docker-tunnel watch-swarm
# What watch-swarm alone is linked with: its faces, each where its library is.
FACES    := term/ncursesw page/libmicrohttpd
FACES_IN := $(foreach f,$(FACES),$(if $(shell $(PKG_CONFIG) --exists $(notdir $f) && echo yes),$f))
FACE_SRC := $(foreach f,$(FACES_IN),$(wildcard helpers/watch/$(patsubst %/,%,$(dir $f))*.c))
LIB_SRC := $(filter-out helpers/watch/term%.c helpers/watch/page%.c,$(wildcard helpers/*/*.c))
LIB     := $(OUT)/libswarm.a
BINS    := $(HELPERS:%=$(BIN)/%)
UNITS   := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/test_*.c))
obj      = $(patsubst %.c,$(OUT)/obj/%.o,$1)
FACE_OBJ := $(call obj,$(FACE_SRC))

.PHONY: all
all: $(BINS) ## build the executables into bin/

# What check-static has gcc look at: not the tests, as cmocka's assertions end a function
# without telling the compiler.
$(OUT)/obj/helpers/%.o: ALL_CFLAGS += $(ANALYZER)

$(OUT)/obj/%.o: %.c $(OUT)/.flags
	@echo "  CC      $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BIN)/%: $(OUT)/obj/helpers/%.o $(LIB)
	@echo "  LINK    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $(LINK_SMALL) -o $@ $< $(filter $(FACE_OBJ),$^) $(LIB) $(DEPS_LIBS) $(FACE_LIBS) $(LDLIBS)

$(BIN)/watch-swarm $(OUT)/faults/watch-swarm: $(FACE_OBJ) | faces
$(BIN)/watch-swarm $(OUT)/faults/watch-swarm: FACE_LIBS = $(if $(FACES_IN),$(shell $(PKG_CONFIG) --libs $(notdir $(FACES_IN))))
$(FACE_OBJ) $(OUT)/obj/helpers/watch-swarm.o: ALL_CPPFLAGS += $(foreach f,$(FACES_IN),-DWATCH_$(patsubst %/,%,$(dir $f)) \
	$(shell $(PKG_CONFIG) --cflags $(notdir $f)))

# The page's files as texts of C
$(OUT)/page_files.inc: $(wildcard helpers/watch/page/*)
	@echo "  GEN     $@"
	$(Q)mkdir -p $(@D) && for f in $^; do \
		printf 'static const char page_%s[] =\n' "$$(basename $$f | tr . _)" && \
		sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $$f && echo ';' || exit 1; done > $@
$(OUT)/obj/helpers/watch/page.o: $(OUT)/page_files.inc
$(OUT)/obj/helpers/watch/page.o: ALL_CPPFLAGS += -I$(OUT)

.PHONY: faces
faces: # says which of watch-swarm's are left out
	@$(foreach f,$(filter-out $(FACES_IN),$(FACES)),echo \
		"  NOTE    watch-swarm is built without its $(patsubst term,terminal,$(patsubst %/,%,$(dir $f))): $(notdir $f) is not here (scripts/install-deps watch)";) true

$(OUT)/unit/%: $(OUT)/obj/tests/unit/%.o $(LIB)
	@echo "  LINK    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fno-lto $(UNIT_LDFLAGS) -o $@ $< $(LIB) $(DEPS_LIBS) \
		$(shell $(PKG_CONFIG) --libs cmocka) $(LDLIBS)
# It looks at what free is given.
$(OUT)/unit/test_secret: UNIT_LDFLAGS := -Wl,--wrap=malloc,--wrap=free

$(OUT)/echo-query: $(OUT)/obj/tests/helper/echo-query.o $(LIB)
	@echo "  LINK    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -fno-lto -o $@ $< $(LIB) $(DEPS_LIBS) $(LDLIBS)

# A changed compile line rebuilds everything.
$(OUT)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ANALYZER) $(FACES_IN)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ANALYZER) $(FACES_IN)' > $@

.PHONY: unit
unit: $(UNITS) ## build and run the unit tests (SAN=address,undefined for sanitizers)
	@for t in $(UNITS); do $$t || exit 1; done

# --- documentation, made from the executables' own tables ---

MANS := $(HELPERS:%=$(BUILD)/man/%.1)

$(BUILD)/man/%.1: $(BIN)/% scripts/reference
	@echo "  MAN     $@"
	$(Q)mkdir -p $(@D) && scripts/reference man $< > $@

.PHONY: man
man: $(MANS) ## make the man pages

# Named as each shell looks for them
BASH_COMPLETIONS := $(HELPERS:%=$(BUILD)/completion/bash/%)
ZSH_COMPLETIONS  := $(HELPERS:%=$(BUILD)/completion/zsh/_%)
FISH_COMPLETIONS := $(HELPERS:%=$(BUILD)/completion/fish/%.fish)
COMPLETIONS      := $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS)

.PHONY: completions
completions: $(COMPLETIONS)

COMPLETE = @echo "  COMPL   $@" && mkdir -p $(@D) && scripts/reference $(notdir $(@D)) $< > $@

$(BUILD)/completion/bash/%: $(BIN)/% scripts/reference
	$(COMPLETE)
$(BUILD)/completion/zsh/_%: $(BIN)/% scripts/reference
	$(COMPLETE)
$(BUILD)/completion/fish/%.fish: $(BIN)/% scripts/reference
	$(COMPLETE)

.PHONY: reference
reference: $(BINS) ## write docs/reference.md anew
	$(Q)mkdir -p docs
	scripts/reference markdown $(BINS) > docs/reference.md

.PHONY: check-reference
check-reference: $(BINS) ## fail when docs/reference.md is not what the executables say
	scripts/reference check docs/reference.md $(BINS)

# --- installation ---

DATADIR ?= $(PREFIX)/share/terraform-swarm-helpers
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR        ?= $(PREFIX)/share/zsh/site-functions
FISHDIR       ?= $(PREFIX)/share/fish/vendor_completions.d
# What the modules need and nothing that a workspace left in their folders.
SHARE    = scripts/install-docker.sh $(shell find modules terraform/hosts terraform/scaleway terraform/aws -type f \
	-not -path '*/.terraform/*' -not -path '*/tests/*' \
	\( -name '*.tf' -o -name '*.sh' -o -name '*.tftpl' -o -path '*/clusters/example.yaml' -o -name policy.json \))

.PHONY: install
install: $(BINS) $(MANS) $(COMPLETIONS) ## install executables, man pages, completion for shells and modules (PREFIX=, DESTDIR=)
	install -d "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(MANDIR)/man1" "$(DESTDIR)$(DATADIR)" \
		"$(DESTDIR)$(COMPLETIONDIR)" "$(DESTDIR)$(ZSHDIR)" "$(DESTDIR)$(FISHDIR)"
	install -s -m 755 $(BINS) "$(DESTDIR)$(BINDIR)"
	install -m 644 $(MANS) "$(DESTDIR)$(MANDIR)/man1"
	install -m 644 $(BASH_COMPLETIONS) "$(DESTDIR)$(COMPLETIONDIR)"
	install -m 644 $(ZSH_COMPLETIONS) "$(DESTDIR)$(ZSHDIR)"
	install -m 644 $(FISH_COMPLETIONS) "$(DESTDIR)$(FISHDIR)"
	@for f in $(SHARE); do \
		to="$(DESTDIR)$(DATADIR)/$$f"; mode=644; \
		if [ -x "$$f" ]; then mode=755; fi; \
		install -d "$${to%/*}" && install -m "$$mode" "$$f" "$$to" || exit 1; \
	done
	ln -sfn "$(BINDIR)" "$(DESTDIR)$(DATADIR)/bin"

.PHONY: uninstall
uninstall: ## remove what install put there (same PREFIX=, DESTDIR=)
	rm -f $(HELPERS:%="$(DESTDIR)$(BINDIR)/%") $(HELPERS:%="$(DESTDIR)$(MANDIR)/man1/%.1") \
		$(HELPERS:%="$(DESTDIR)$(COMPLETIONDIR)/%") $(HELPERS:%="$(DESTDIR)$(ZSHDIR)/_%") \
		$(HELPERS:%="$(DESTDIR)$(FISHDIR)/%.fish")
	rm -rf "$(DESTDIR)$(DATADIR)"

.PHONY: command-line
command-line: $(OUT)/echo-query $(BINS) ## test how the executables take queries and signals
	tests/helper/test-command-line.sh $(OUT)/echo-query $(BINS)

.PHONY: units
units: $(UNITS) # build the unit tests without running them

# --- faults: fuzzing, failing calls, hostile engines, mutations ---

# Of `make fuzz`, for each target
SECONDS  ?= 60
FUZZ_SAN := fuzzer-no-link,address,undefined
FUZZERS  := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(OUT)/fuzz/%: $(OUT)/obj/tests/fuzz/%.o $(LIB)
	@echo "  LINK    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(LIB) $(DEPS_LIBS) $(LDLIBS)

.PHONY: fuzzers
fuzzers: $(FUZZERS) # needs CC=clang SAN=$(FUZZ_SAN)

.PHONY: fuzz
fuzz: ## fuzz every parser, SECONDS=60 each
	$(Q)$(MAKE) -s CC=clang SAN=$(FUZZ_SAN) fuzzers
	tests/fuzz/fuzz.sh $(BUILD)/$(subst $(comma),-,$(FUZZ_SAN))-clang/fuzz $(SECONDS)

# --- checks, demo, lab: these install what is missing first ---

# Suites of `make check`; all of tests/suites.sh where this is empty
SUITES    ?=
BUILD_ALL  = $(MAKE) --no-print-directory -j "$$(nproc)" all

.PHONY: check
check: ## install what is missing, build, run every test but the slow ones below (SUITES="lint unit" for some)
	@scripts/install-deps
	@$(BUILD_ALL)
	@tests/run $(SUITES)

.PHONY: check-all
check-all: ## run make check and every slow target, whatever has changed (hours)
	@.ci/run --all

# Each of the slow targets is remembered once it has passed: scripts/slow.
.PHONY: check-pristine
check-pristine: ## run make demo and make check on fresh machines, as the README has them (over an hour)
	@scripts/install-deps pristine
	@scripts/slow run $@ scripts/pristine

.PHONY: check-fresh
check-fresh: # of check-pristine what .ci/run has the time for
	@scripts/install-deps pristine
	@scripts/slow run $@ scripts/pristine --fresh

.PHONY: check-tofu
check-tofu: ## run the end-to-end tests with OpenTofu
	@scripts/install-deps
	@$(BUILD_ALL)
	@tofu=$$(scripts/providers tofu) && TF=$$tofu CHECK_NAME=tofu scripts/slow run $@ tests/run e2e

.PHONY: check-static
check-static: ## compile with other compilers, analyze, fuzz, and run the executables against hostile peers
	@scripts/install-deps
	@CHECK_NAME=static scripts/slow run $@ tests/run gcc clang fuzz input

# Stacks, stores and the live view wait more than they compute: beside the others they take
# little time of their own.
.PHONY: check-life
check-life: ## roll a swarm, kill everything at every step of its life, with bad machines, with several operators, and run stacks on it
	@scripts/install-deps
	@scripts/install-deps watch
	@$(BUILD_ALL)
	@CHECK_NAME=life scripts/slow run $@ tests/run roll rolling bad interrupted kill teams stack stacked store watch

.PHONY: check-roll-kills
check-roll-kills: ## kill rolls of a swarm at every step
	@scripts/install-deps
	@$(BUILD_ALL)
	@CHECK_NAME=roll-kills scripts/slow run $@ tests/run rollkill

.PHONY: check-machines
check-machines: ## run the tests that replace the machines of a swarm
	@scripts/install-deps
	@$(BUILD_ALL)
	@CHECK_NAME=machines scripts/slow run $@ tests/run machines cut

.PHONY: check-upgrade
check-upgrade: ## take over a swarm that the last release made
	@scripts/install-deps
	@$(BUILD_ALL)
	@CHECK_NAME=upgrade scripts/slow run $@ tests/run upgrade

.PHONY: check-backup
check-backup: ## run the tests that back up a swarm, and put it back
	@scripts/install-deps
	@$(BUILD_ALL)
	@CHECK_NAME=backup scripts/slow run $@ tests/run backup restore lost

.PHONY: check-watch
check-watch: ## a part of check-life: look at a swarm through watch-swarm, on terminals and in a browser
	@scripts/install-deps
	@scripts/install-deps watch
	@$(BUILD_ALL)
	@CHECK_NAME=watch tests/run watch

.PHONY: check-stack
check-stack: ## a part of check-life: run the tests of stacks on real swarms, with all that can be killed meanwhile
	@scripts/install-deps
	@$(BUILD_ALL)
	@CHECK_NAME=stack tests/run stack stacked

.PHONY: check-store
check-store: ## a part of check-life: run the tests that keep tokens in stores, on fakes of AWS and on S3
	@scripts/install-deps
	@$(BUILD_ALL)
	@CHECK_NAME=store tests/run store

.PHONY: check-scaleway
check-scaleway: ## run the tests on Scaleway, against a fake of it
	@scripts/install-deps
	@$(BUILD_ALL)
	@scripts/providers external $${TF:+"$$TF"} && scripts/providers scaleway $${TF:+"$$TF"}
	@CHECK_NAME=scaleway scripts/slow run $@ tests/run tests/scaleway/test-*.sh

# Engines that scripts/engines knows, and what is run on each
ENGINES       ?= trixie forky moby
ENGINE_SUITES ?= integration nodes drain managers exchange quorum together identity teardown

.PHONY: check-engines
check-engines: ## run the tests of whole swarms on other Docker Engines (ENGINES="trixie forky moby")
	@scripts/install-deps build lab check engines
	@$(BUILD_ALL)
	@ENGINES="$(ENGINES)" scripts/slow run $@ $(MAKE) --no-print-directory on-engines

.PHONY: on-engines
on-engines:
	@for e in $(ENGINES); do \
		engine=$$(scripts/engines $$e) && LAB_ENGINE=$$engine CHECK_NAME=engine-$$e tests/run $(ENGINE_SUITES) || exit 1; \
	done

.PHONY: module-readme
module-readme: ## write the tables of the modules' READMEs anew
	scripts/module-readme

# Of `make soak`: rounds, and what draws them
RUNS ?= 500
SEED ?= 1

.PHONY: soak
soak: ## kill everything at every step of a swarm's life (RUNS=500 SEED=1)
	@scripts/install-deps
	@$(BUILD_ALL)
	@tests/kill/soak $(RUNS) $(SEED)

.PHONY: check-aws
check-aws: ## run the tests on AWS, against a fake of it (the first time builds its provider: over 20 minutes)
	@scripts/install-deps
	@$(BUILD_ALL)
	@scripts/providers external && scripts/providers aws && scripts/providers tflint >/dev/null
	@scripts/python-tools moto checkov awscli >/dev/null
	@CHECK_NAME=aws scripts/slow run $@ tests/run tests/aws/test-*.sh

.PHONY: lint
lint: ## check the sources without running anything
	@scripts/check-layers
	@scripts/check-circles
	@scripts/check-source
	@scripts/mutate --check
	@scripts/format --check
	@scripts/tidy
	@scripts/prose

.PHONY: format
format: ## write all C as .clang-format has it
	@scripts/format

.PHONY: tidy-flags
tidy-flags: $(OUT)/page_files.inc # as shell words
	@echo "-std=c11" '$(subst ','\'',$(ALL_CPPFLAGS))' "-I$(abspath $(OUT))"

.PHONY: demo
demo: ## install what is missing, build, show the main job from start to end
	@scripts/install-deps build lab
	@$(BUILD_ALL)
	@scripts/demo

.PHONY: lab
lab: ## bring up a cluster on this machine to play with
	@scripts/install-deps build lab
	@$(BUILD_ALL)
	@scripts/play up

.PHONY: lab-destroy
lab-destroy: ## take that cluster away
	@scripts/play down

# Linked into the executables it fails the calls of our own objects, which
# sanitizers see; as a library those of every other library, too.
FAULT_CALLS := malloc calloc read recv send socket socketpair pipe connect bind listen \
	accept mkdir fstat getentropy poll write open fcntl pthread_create _exit main

$(OUT)/faults/shim.o: tests/input/shim.c $(OUT)/.flags
	@echo "  CC      $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -DFAULT_WRAP -c -o $@ $<

$(OUT)/faults/%.so: tests/input/%.c $(OUT)/.flags
	@echo "  LINK    $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl

$(HELPERS:%=$(OUT)/faults/%): $(OUT)/faults/%: $(OUT)/obj/helpers/%.o $(OUT)/faults/shim.o $(LIB)
	@echo "  LINK    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -fno-lto $(FAULT_CALLS:%=-Wl$(comma)--wrap=%) -o $@ $< \
		$(OUT)/faults/shim.o $(filter $(FACE_OBJ),$^) $(LIB) $(DEPS_LIBS) $(FACE_LIBS) $(LDLIBS)

.PHONY: faulty
faulty: $(HELPERS:%=$(OUT)/faults/%) # executables whose calls can be made to fail

.PHONY: faults
faults: ## answer the executables wrongly, fail every STEP-th call, look for secrets in memory
	tests/input/test-hostile-engine.sh
	tests/input/test-calls.sh $(STEP)
	tests/input/test-memory.sh

# The tests with mutants beside them that boot no hosts, and those that do
QUICK_MUTANTS := tests/unit tests/fuzz tests/helper
WHOLE_MUTANTS := $(filter-out $(QUICK_MUTANTS),$(patsubst %/,%,$(wildcard tests/*/)))

BASE ?= HEAD

.PHONY: mutants
mutants: ## show what the unit tests do not notice of the lines that changed since BASE=HEAD
	scripts/mutants $(BASE)

.PHONY: mutate
mutate: ## show that the tests notice wrong sources (those that boot no hosts)
	scripts/mutate $(QUICK_MUTANTS)

# The whole length of what make check does a part of
.PHONY: soak-input
soak-input: STEP := 1
soak-input: fuzz faults mutate
soak: soak-input

.PHONY: soak-nodes
soak-nodes: ROUNDS := 100
soak-nodes: $(BINS)
	@bash -c '. tests/suites.sh; takes_fetch tests/faults/test-*.sh' | while read -r t; do $$t --fetch </dev/null || exit 1; done
	@for t in tests/faults/test-*.sh; do ROUNDS=$(ROUNDS) $$t || exit 1; done
soak: soak-nodes

# After the others: its copies begin with what has been built.
.PHONY: soak-mutate
soak-mutate: $(BINS)
	scripts/mutate $(WHOLE_MUTANTS)
soak: soak-mutate

# --- executables without libraries, and what everything costs ---

# Not position independent: Debian's musl-gcc does not know -static-pie.
.PHONY: static
static: ## build executables that need no library on their host, into bin/static/
	@scripts/install-deps build static
	@libs=$$(scripts/static-libs) && PKG_CONFIG_LIBDIR="$$libs/lib/pkgconfig" \
		$(MAKE) --no-print-directory -j "$$(nproc)" LTO= RELR= CC=musl-gcc BUILD="$(BUILD)/static" BIN=bin/static \
		PKG_CONFIG="pkg-config --static" CFLAGS="$(CFLAGS) -idirafter $$libs/include/kernel" \
		LINK_HARDEN="-static -no-pie -Wl,-z,relro -Wl,-z,now -Wl,--gc-sections" all

# --- a release ---

.PHONY: dist
dist: ## make the files of a release, for Linux (packages, too) and macOS, in build/dist (TARGETS="linux-amd64" for some)
	@scripts/install-deps build dist
	@scripts/dist $(TARGETS)

.PHONY: release
release: ## make the files of the release that is checked out (PUBLISH=yes: on the forge, too)
	@scripts/install-deps build dist
	@scripts/release $(if $(PUBLISH),--publish)

# Of `make check-dist`
DIST_TARGETS ?= linux-amd64 linux-arm64 darwin-arm64 darwin-amd64

.PHONY: check-dist
check-dist: ## make a release twice, compare, try what it has (the first time builds its libraries: some minutes a target)
	@scripts/install-deps build check dist foreign packages
	@scripts/dist-libs $(DIST_TARGETS) >/dev/null
	@DIST_TARGETS="$(DIST_TARGETS)" CHECK_NAME=dist scripts/slow run $@ tests/run tests/dist/test-dist.sh

# What other programs ask make for
.PHONY: version helpers share
version:
	@echo '$(VERSION)'
helpers:
	@printf '%s\n' $(HELPERS)
share:
	@printf '%s\n' $(SHARE)

BENCH_TOOLS := $(addprefix $(BUILD)/bench/,timed floor floor-with-curl channel)

$(BUILD)/bench/timed: tests/bench/timed.c
	$(Q)mkdir -p $(@D) && $(CC) -std=c11 $(WARN) -O2 -D_GNU_SOURCE -static -o $@ $<

$(BUILD)/bench/floor $(BUILD)/bench/channel: $(BUILD)/bench/%: tests/bench/%.c
	$(Q)mkdir -p $(@D) && $(CC) -std=c11 $(WARN) -O2 -D_GNU_SOURCE -o $@ $< \
		$(shell $(PKG_CONFIG) --cflags --libs libssh2)

$(BUILD)/bench/floor-with-curl: tests/bench/floor.c
	$(Q)mkdir -p $(@D) && $(CC) -std=c11 $(WARN) -O2 -D_GNU_SOURCE -DWITH_CURL -o $@ $< \
		$(shell $(PKG_CONFIG) --cflags --libs libssh2 libcurl)

.PHONY: bench
bench: ## measure everything beside what is used today (BENCH="--only tokens --pairs 5")
	@scripts/install-deps build lab bench
	@$(BUILD_ALL)
	@$(MAKE) --no-print-directory $(BENCH_TOOLS)
	@TOOLS="$(abspath $(BUILD)/bench)" tests/bench/bench --json $(BUILD)/bench.json $(BENCH)

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) bin

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: FORCE
FORCE:
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
