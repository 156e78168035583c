# Two commands: `make demo` serves a made-up town, `make test` proves everything. Each sets up what it needs.
.PHONY: demo test check deny bench clean

# From nothing to a served town; Ctrl-C stops it. VERBAND_LISTEN chooses another address.
VERBAND_LISTEN ?= 127.0.0.1:8080

demo:
	cargo run --release --locked -- demo --dir target/demo --listen $(VERBAND_LISTEN)

# Formatting, lints, every test, the documentation's examples.
test: check tests/oidc/node_modules
	cargo test --locked

# The provider of identities that logging in is tested against. Without npm those tests say that they were skipped.
tests/oidc/node_modules: tests/oidc/package-lock.json
	-npm ci --prefix tests/oidc && touch $@

check:
	cargo fmt --check
	cargo clippy --locked --all-targets --features bench -- --deny warnings

# Licences, known weaknesses and sources of what is built in, by deny.toml. Needs cargo-deny (`cargo install cargo-deny --locked`)
# and the network, so it is no part of `make test`.
deny:
	cargo deny --locked --all-features check

# The measures of docs/BENCHMARKS.md, which says what to prepare.
bench:
	cargo bench --locked --features bench

clean:
	cargo clean
