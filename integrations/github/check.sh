#!/usr/bin/env bash
# Reviews the project: annotations on the lines, a summary of the step, SARIF and the architecture diff as files. What it
# found is an output (`code`), so that steps behind it can show it before one fails; what keeps it from judging fails here.
set -euo pipefail

path=${LOADPATH_PATH:-.}
base=${LOADPATH_BASE:-}
out=${RUNNER_TEMP:?}/loadpath
mkdir -p "$out"
rm -f "$out"/*

arguments=(check "$path" --fail-on "${LOADPATH_FAIL_ON:-error}")
arguments+=(--format github --format "sarif=$out/loadpath.sarif" --format "markdown=$out/summary.md")
[[ -z $base ]] || arguments+=(--base "$base")
[[ -z ${LOADPATH_BASELINE:-} ]] || arguments+=(--baseline "$LOADPATH_BASELINE" --baseline-locked)

code=0
loadpath "${arguments[@]}" || code=$?
# 1 is a verdict; anything above means that there is none.
((code < 2)) || exit "$code"

diff=
if [[ -n $base ]]; then
    diff=$out/diff.md
    loadpath diff "$base" --root "$path" --quiet --format "markdown=$diff"
fi
# A summary may have one mebibyte.
head --bytes=1000000 "$out/summary.md" >>"${GITHUB_STEP_SUMMARY:?}"
{
    echo "code=$code"
    echo "sarif=$out/loadpath.sarif"
    echo "diff=$diff"
} >>"${GITHUB_OUTPUT:?}"
