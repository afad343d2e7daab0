#!/bin/sh
# Everything that must hold before a change lands: style, types, layers, tests. All of it runs, so
# that one look shows all that is wrong; pytest's closing line comes last.
#   packaging/check.sh [arguments for pytest]
set -u
cd "$(dirname "$0")/.."
# Tests run side by side, so each may use one core. A worker takes up to 3 GB, hence no more of them.
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
bin=.venv/bin
pytest="$bin/python -m pytest -n logical --maxprocesses=4 --dist loadfile --no-loadscope-reorder"
failed=''

check() {
    printf -- '-- %s\n' "$*"
    "$@" || failed="$failed ${1##*/}"
}

check $bin/ruff check .
check $bin/ruff format --check .
check $bin/mypy
check $bin/lint-imports --no-logo
if [ -n "$failed" ]; then
    $pytest "$@"
    status=$?
    printf 'failed before the tests:%s\n' "$failed" >&2
    [ $status -ne 0 ] && exit $status
    exit 1
fi
exec $pytest "$@"
