#!/usr/bin/env bash
# Gives each parser of bytes from outside to libFuzzer: fuzz/run.sh [SECONDS [TARGET ...]], from the project's root.
# What it finds worth keeping stays in target/fuzz/TARGET; an input that breaks something is written beside it, and told.
set -euo pipefail
seconds=${1:-60}
shift || true
if ! command -v c++ >/dev/null; then
    echo "fuzzing: skipped, libFuzzer needs a C++ compiler (c++)"
    exit 0
fi
# Only the project itself is told to count where it comes by; what it depends on is taken as it is built already.
build=(cargo rustc --locked --profile test --lib --features fuzz
    --config 'profile.dev.package.verband.opt-level=0' --message-format=json-render-diagnostics -- -Cpasses=sancov-module)
for part in level=4 inline-8bit-counters pc-table trace-compares; do
    build+=("-Cllvm-args=-sanitizer-coverage-$part")
done
program=$("${build[@]}" | grep -o '"executable":"[^"]*"' | tail -1 | cut -d'"' -f4)
run() { VERBAND_FUZZ=$1 VERBAND_FUZZ_SECONDS=$seconds "$program" no_mutated --nocapture --test-threads=1; }
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(run list | sed -n 's/^target //p')
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    if ! run "$target" >"$log" 2>&1; then
        tail -40 "$log"
        echo "fuzzing: \`$target\` broke; the input lies at target/fuzz/$target-*"
        exit 1
    fi
    units=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ -z "$units" ]; then
        echo "fuzzing: there is no target \`$target\`"
        exit 1
    fi
    echo "fuzzing: $target, $units inputs, nothing broke"
done
