# Two commands: `make demo` serves a made-up town, `make test` proves everything. Each sets up what it needs.
.PHONY: demo test check web web-test chromium deny spark bench clean

# From nothing to a served town; Ctrl-C stops it. VERBAND_LISTEN chooses another address.
VERBAND_LISTEN ?= 127.0.0.1:8080

demo: web
	cargo run --release --locked -- demo --dir target/demo --listen $(VERBAND_LISTEN)

# Formatting, lints, every test, the documentation's examples; each parser under libFuzzer for some seconds; then the viewer, by
# itself and in a browser.
test: check tests/oidc/node_modules target/duckdb/.made target/rotel/.made
	cargo test --locked
	fuzz/run.sh 4
	$(MAKE) web-test

# The provider of identities that logging in is tested against. Without npm those tests say that they were skipped.
tests/oidc/node_modules: tests/oidc/package-lock.json
	-npm ci --prefix tests/oidc && touch $@

# DuckDB, the second opinion on what patterns find. Without Python those tests say that they were skipped.
target/duckdb/.made:
	-python3 -m venv target/duckdb && target/duckdb/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 && touch $@

# A collector of OpenTelemetry, that the log is handed on to. Without Python that test says that it was skipped.
target/rotel/.made:
	-python3 -m venv target/rotel && target/rotel/bin/pip install --quiet --disable-pip-version-check rotel==0.0.1a15 && \
		chmod +x target/rotel/lib/python3*/site-packages/rotel/rotel-agent && touch $@

# The viewer, made when one of its files changed; the program has it built in.
WEB_FILES := $(shell find web/src web/public web/scripts -type f ! -path web/src/api/types.ts) web/index.html web/vite.config.ts web/svelte.config.js web/package-lock.json

web: web/dist/.made

web/node_modules/.made: web/package-lock.json
	cd web && npm ci
	touch $@

web/dist/.made: web/node_modules/.made $(WEB_FILES) tests/it/snapshots/it__surface__openapi.snap
	cd web && npm run build
	touch $@

# Types, units and sizes of the viewer; then a walk through the real program in a real browser.
web-test: web chromium
	cd web && npm run check && npm run unit && npm run size
	cargo test --locked --no-run
	cd web && npm run walk

# Debian's Chromium, where it is missing and may be installed; elsewhere the walk says that it was skipped.
chromium:
	@command -v chromium >/dev/null || [ -n "$$CHROMIUM" ] || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation) || true

check: web
	cargo fmt --check
	cargo clippy --locked --all-targets --features bench -- --deny warnings

# Licences, known weaknesses and sources of what is built in, by deny.toml. Needs cargo-deny (`cargo install cargo-deny --locked`)
# and the network, so it is no part of `make test`.
deny:
	cargo deny --locked --all-features check

# The patterns of an export on Apache Spark beside those of a scan: minutes. Needs Java 17.
spark: target/pyspark/.made
	VERBAND_SPARK=1 cargo test --locked --test it -- spark

target/pyspark/.made:
	python3 -m venv target/pyspark && target/pyspark/bin/pip install --quiet --disable-pip-version-check pyspark==4.3.0 && touch $@

# The measures of docs/BENCHMARKS.md, which says what to prepare.
bench:
	cargo bench --locked --features bench

clean:
	cargo clean
