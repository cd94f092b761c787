# Afterword. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules

BUILD ?= build
# One short line a step; V=1 shows the commands.
ifndef V
say = @printf '  %-4s %s\n' $(1) $@;
endif
CC := gcc
CXX := g++
CLANG := clang

PKGS := libmicrohttpd libuv jansson libcurl libcrypto libpq talloc libutf8proc icu-i18n icu-uc glib-2.0 yaml-0.1 zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lphonenumber -lstdc++ -lm

WARN := -Wall -Wextra -Wshadow -Wconversion -Werror
OPT ?= -O2 -g
CFLAGS := -std=gnu17 $(WARN) $(OPT) -fno-omit-frame-pointer -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -I. -I$(BUILD)/gen $(PKG_CFLAGS) $(EXTRA)
CXXFLAGS := -std=gnu++17 -Wall -Wextra -Wno-unused-parameter $(OPT) -D_GNU_SOURCE -I. $(EXTRA)
LDFLAGS := $(EXTRA)

# Sources: every .c of a folder belongs to that folder's library; main.c alone stays outside.
TEMPLATES_SRC := $(wildcard templates/*.c)
ROUTER_SRC := $(wildcard router/*.c)
STORAGE_SRC := $(wildcard storage/*.c)
GATEWAY_SRC := $(filter-out gateway/main.c,$(wildcard gateway/*.c gateway/*/*.c))
GATEWAY_CXX := $(wildcard gateway/*.cc)
GEN_SRC := $(BUILD)/gen/pages_data.c $(BUILD)/gen/playbook_data.c $(BUILD)/gen/rules_data.c $(BUILD)/gen/queries_data.c $(BUILD)/gen/migrations_data.c $(BUILD)/gen/assets_data.c

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
TEMPLATES_OBJ := $(call obj,$(TEMPLATES_SRC)) $(BUILD)/gen/playbook_data.o $(BUILD)/gen/pages_data.o
ROUTER_OBJ := $(call obj,$(ROUTER_SRC)) $(BUILD)/gen/rules_data.o
STORAGE_OBJ := $(call obj,$(STORAGE_SRC)) $(BUILD)/gen/queries_data.o $(BUILD)/gen/migrations_data.o
GATEWAY_OBJ := $(call obj,$(GATEWAY_SRC)) $(GATEWAY_CXX:%.cc=$(BUILD)/obj/%.o) $(BUILD)/gen/assets_data.o

# Link order: dependants first.
LIB_TEMPLATES := $(BUILD)/libtemplates.a
LIB_ROUTER := $(BUILD)/librouter.a
LIB_STORAGE := $(BUILD)/libstorage.a
LIB_GATEWAY := $(BUILD)/libgateway.a
LIBS := $(LIB_GATEWAY) $(LIB_STORAGE) $(LIB_ROUTER) $(LIB_TEMPLATES)

.PHONY: help all
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

all: $(BUILD)/afterword ## build the program

$(BUILD)/afterword: $(BUILD)/obj/gateway/main.o $(LIBS)
	$(call say,LD) $(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(LIB_TEMPLATES): $(TEMPLATES_OBJ)
$(LIB_ROUTER): $(ROUTER_OBJ)
$(LIB_STORAGE): $(STORAGE_OBJ)
$(LIB_GATEWAY): $(GATEWAY_OBJ)
$(LIBS):
	@rm -f $@
	$(call say,AR) ar rcs $@ $^

$(BUILD)/obj/%.o: %.c | gen
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX) $(CXX) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC) $(CC) $(CFLAGS) -c -o $@ $<

# Text that lives in files and is compiled in: the playbook, SQL, migrations, what HTTP serves.
.PHONY: gen
gen: $(BUILD)/gen/queries.h
$(BUILD)/gen/playbook_data.c: $(wildcard templates/playbook/*.yaml templates/playbook/messages/*/*.liquid) templates/embed.sh
	@mkdir -p $(@D)
	$(call say,GEN) bash templates/embed.sh templates/playbook > $@.tmp && mv $@.tmp $@
$(BUILD)/gen/pages_data.c: $(wildcard templates/pages/*.yaml) templates/embed_pages.sh
	@mkdir -p $(@D)
	$(call say,GEN) bash templates/embed_pages.sh templates/pages > $@.tmp && mv $@.tmp $@
$(BUILD)/gen/queries.h: storage/queries $(wildcard storage/queries/*.sql) storage/embed.sh
	@mkdir -p $(@D)
	$(call say,GEN) bash storage/embed.sh enum storage/queries > $@.tmp && mv $@.tmp $@
$(BUILD)/gen/queries_data.c: storage/queries $(wildcard storage/queries/*.sql) storage/embed.sh | gen
	@mkdir -p $(@D)
	$(call say,GEN) bash storage/embed.sh queries storage/queries > $@.tmp && mv $@.tmp $@
$(BUILD)/gen/migrations_data.c: storage/migrations $(wildcard storage/migrations/*.sql) storage/embed.sh
	@mkdir -p $(@D)
	$(call say,GEN) bash storage/embed.sh migrations storage/migrations > $@.tmp && mv $@.tmp $@
$(BUILD)/gen/assets_data.c: $(wildcard gateway/api/openapi.yaml) storage/embed.sh
	@mkdir -p $(@D)
	$(call say,GEN) bash storage/embed.sh assets $(filter %.yaml,$^) > $@.tmp && mv $@.tmp $@

# The rule pack: router/rules/ checked and made C by a tool of the build.
RULES_TOOL_SRC := $(wildcard router/rules/*.c) router/day.c
$(BUILD)/compile-rules: $(RULES_TOOL_SRC) router/rules/compile.h router/rules.h router/day.h
	@mkdir -p $(@D)
	$(call say,TOOL) $(CC) -std=gnu17 $(WARN) -O1 -g -D_GNU_SOURCE -I. $(shell pkg-config --cflags talloc yaml-0.1) -o $@ $(RULES_TOOL_SRC) \
		$(shell pkg-config --libs talloc yaml-0.1)
$(BUILD)/gen/rules_data.c: $(BUILD)/compile-rules $(wildcard router/rules/*.yaml router/rules/zones/*.tsv)
	@mkdir -p $(@D)
	$(call say,GEN) $(BUILD)/compile-rules router/rules > $@.tmp && mv $@.tmp $@

# Unit tests: tests/unit/<part>/test_*.c, each its own program, linked with what the part may include and no more.
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
$(BUILD)/unit/templates/%: tests/unit/templates/%.c $(LIB_TEMPLATES)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB_TEMPLATES) -lcmocka $(PKG_LIBS)
$(BUILD)/unit/router/%: tests/unit/router/%.c $(LIB_ROUTER) $(LIB_TEMPLATES)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB_ROUTER) $(LIB_TEMPLATES) -lcmocka $(PKG_LIBS)
$(BUILD)/unit/storage/%: tests/unit/storage/%.c $(LIB_STORAGE) $(LIB_ROUTER) $(LIB_TEMPLATES)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB_STORAGE) $(LIB_ROUTER) $(LIB_TEMPLATES) -lcmocka $(PKG_LIBS)
$(BUILD)/unit/gateway/%: tests/unit/gateway/%.c $(LIBS)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIBS) -lcmocka $(PKG_LIBS)


# Integration tests: real PostgreSQL, no HTTP.
INTEGRATION_BIN := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/integration/test_*.c))
$(BUILD)/integration/%: tests/integration/%.c $(LIB_STORAGE) $(LIB_ROUTER) $(LIB_TEMPLATES)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB_STORAGE) $(LIB_ROUTER) $(LIB_TEMPLATES) -lcmocka $(PKG_LIBS)

.PHONY: unit unit-bins
unit-bins: $(UNIT_BIN) $(INTEGRATION_BIN)
unit: $(UNIT_BIN) ## build and run the unit tests
	@set -e; for t in $(UNIT_BIN); do echo "== $$t"; $$t; done

# Fuzz targets: tests/fuzz/fuzz_*.c with libFuzzer, built wholly with clang, ASan and UBSan.
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz-obj/libgateway.a
	@mkdir -p $(@D)
	$(call say,FUZZ) $(CLANG) -std=gnu17 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE -I. -I$(BUILD)/gen $(PKG_CFLAGS) -o $@ $< \
		$(addprefix $(BUILD)/fuzz-obj/,libgateway.a libstorage.a librouter.a libtemplates.a) $(PKG_LIBS)
.PHONY: fuzz-libs
$(BUILD)/fuzz-obj/libgateway.a: $(GATEWAY_SRC) $(GATEWAY_CXX) $(STORAGE_SRC) $(ROUTER_SRC) $(TEMPLATES_SRC) $(wildcard *.h */*.h gateway/*/*.h storage/queries/*.sql storage/migrations/*.sql router/rules/*.[ch] router/rules/*.yaml router/rules/zones/*.tsv)
	$(MAKE) BUILD=$(BUILD)/fuzz-obj CC=$(CLANG) CXX=clang++ OPT="-O1 -g" EXTRA="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -U_FORTIFY_SOURCE -Wno-error" \
		$(addprefix $(BUILD)/fuzz-obj/,libgateway.a libstorage.a librouter.a libtemplates.a)

.PHONY: fuzz-bins fuzz
fuzz-bins: $(FUZZ_BIN)
fuzz: fuzz-bins ## a minute of fuzzing for each parser of foreign bytes
	@set -e; for t in $(FUZZ_BIN); do echo "== $$t"; $$t -max_total_time=60 -max_len=4096; done

# Packages first, in a make of their own: what pkg-config says is read when a Makefile is read.
.PHONY: test test-build run
test: ## install what tests need, build, run all of them
	@bash tests/deps.sh test
	@$(MAKE) --no-print-directory -j2 test-build
	@bash tests/run.sh $(BUILD)
test-build: all unit-bins fuzz-bins
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan OPT="-O1 -g" EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=undefined -U_FORTIFY_SOURCE" all unit-bins
run: ## install what is missing, build, serve with a private PostgreSQL and the demo shop
	@bash tests/deps.sh run
	@$(MAKE) --no-print-directory -j2 all
	@exec $(BUILD)/afterword serve --embedded --demo

.PHONY: bench lint
BENCH_BIN := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CFLAGS) -o $@ $< -lmicrohttpd
bench: ## speed, beside what the machine can do at most
	@bash tests/deps.sh bench
	@$(MAKE) --no-print-directory -s -j2 all $(BENCH_BIN)
	@bash tests/with-postgres.sh timeout 600 node tests/bench/run.mjs $(BUILD)
C_FILES = $(wildcard templates/*.[ch] router/*.[ch] router/rules/*.[ch] storage/*.[ch] gateway/*.[ch] gateway/*/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch])
LINT_SRC = $(TEMPLATES_SRC) $(ROUTER_SRC) $(wildcard router/rules/*.c) $(STORAGE_SRC) $(GATEWAY_SRC) gateway/main.c
# cppcheck reads no system headers: macros that look like statements are told to it
CPPCHECK := cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,performance,portability --suppress=missingIncludeSystem \
	-Itests/lint -I. -I$(BUILD)/gen '-Djson_array_foreach(a,i,v)=for(i=0;(v=json_array_get(a,i));i++)' '-Djson_object_foreach(o,k,v)=for(;(v=json_object_get(o,k));)'
.PHONY: lint-deps
lint-deps:
	@bash tests/deps.sh lint
lint: lint-deps gen ## clang-format, cppcheck, clang-tidy
	clang-format --dry-run -Werror $(C_FILES)
	$(CPPCHECK) $(LINT_SRC)
	clang-tidy --quiet $(LINT_SRC) -- -std=gnu17 -D_GNU_SOURCE -I. -I$(BUILD)/gen $(PKG_CFLAGS)

PREFIX ?= /usr/local
.PHONY: deps install
deps: ## install the Debian packages that building and running need
	@bash tests/deps.sh run
install: all ## install to PREFIX (/usr/local), below DESTDIR
	install -D -m 755 $(BUILD)/afterword $(DESTDIR)$(PREFIX)/bin/afterword
	install -D -m 644 gateway/api/openapi.yaml $(DESTDIR)$(PREFIX)/share/afterword/openapi.yaml
	install -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/afterword/LICENSE

.PHONY: clean
clean: ## remove what was built (var/, the private database, stays)
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
