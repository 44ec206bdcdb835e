#!/usr/bin/env bash
# Play a run (COMMAND) or take a given one (RUN) and judge it; once more if it is undecided and ON_INCONCLUSIVE says so.
# Writes the verdict into a folder, and its name, the verdict and the exit code into GITHUB_OUTPUT. A verdict of any kind
# ends this step well: a later one ends the job, after all has been told. Without a verdict it ends with the error's code.
set -euo pipefail

files=${RUNNER_TEMP:-/tmp}/cutover-verdict
rm -rf "$files"
mkdir -p "$files"

value() { # a key of a JSON object in a file; nothing where there is none
  python3 -c 'import json, sys
try: print(json.load(open(sys.argv[1], encoding="utf-8")).get(sys.argv[2], ""))
except ValueError: pass' "$1" "$2"
}

play() {
  local code=0
  bash -c "$COMMAND" >"$files/played.json" || code=$?
  RUN=$(value "$files/played.json" run)
  if [ -z "$RUN" ]; then
    echo "::error title=cutover::The command ended with $code and named no run: give it --json" >&2
    exit $((code ? code : 2))
  fi
}

judge() {
  local arguments=()
  read -r -a arguments <<<"${ARGUMENTS:-}"
  if [ -n "${BUDGETS:-}" ]; then arguments+=(--budgets "$BUDGETS"); fi
  case "$ON_INCONCLUSIVE" in
    neutral) ;;
    *) arguments+=(--on "inconclusive=$ON_INCONCLUSIVE") ;;
  esac
  code=0
  cutover gate "$RUN" --json --junit "$files/verdict.xml" --summary "$files/verdict.md" --sarif "$files/verdict.sarif" \
    "${arguments[@]}" >"$files/verdict.json" || code=$?
  if [ -z "$(value "$files/verdict.json" verdict)" ]; then exit $((code ? code : 1)); fi
}

if [ -n "${COMMAND:-}" ]; then play; fi
judge
if [ "$code" = 4 ] && [ "$ON_INCONCLUSIVE" = rerun ] && [ -n "${COMMAND:-}" ]; then
  play
  judge
fi
{
  echo "files=$files"
  echo "run=$RUN"
  echo "exit-code=$code"
  echo "verdict=$(value "$files/verdict.json" verdict)"
} >>"$GITHUB_OUTPUT"
