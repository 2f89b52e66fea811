#!/usr/bin/env bash
# Everything that must hold: style, types, the direction of imports, then the tests; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
ruff check
ruff format --check
mypy
lint-imports
exec pytest "$@"
