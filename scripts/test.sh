#!/usr/bin/env bash
# Everything that has to hold before a change is merged; the first stage that fails ends it.
# Each stage ends with one line: its name and how long it took.
set -euo pipefail
cd "$(dirname "$0")/.."

stage() { # NAME COMMAND...
  local name=$1 start=$SECONDS code=0
  shift
  "$@" || code=$?
  if ((code)); then
    echo "== FAILED  $name ($((SECONDS - start)) s)"
    exit "$code"
  fi
  echo "== ok      $name ($((SECONDS - start)) s)"
}

make=("${MAKE:-make}" --no-print-directory)
stage "test dependencies" scripts/install-test-deps
stage "lint" "${make[@]}" lint
stage "generated files" "${make[@]}" generate-check
stage "tools" go test -C tools ./...
stage "tests on SQLite and in-process Redis" "${make[@]}" test-quick TESTFLAGS=-count=1
stage "tests on MariaDB and Redis" "${make[@]}" test-mariadb
stage "judges of the API, of the Stripe simulator and of the pages" "${make[@]}" judges
