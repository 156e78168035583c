#!/usr/bin/env bash
# Loads the rows of the workload: benches/workload/load.sh ROWS STORE (ROWS: the directory of the CSV files).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
files=()
for name in person address company signal lives_at owns_p owns_c registered_at director_of parent_of partner_of about_a about_p about_c; do
  files+=("$1/$name.csv")
done
"${VERBAND:-verband}" load "$here/workload.toml" --files "${files[@]}" --store "$2"
