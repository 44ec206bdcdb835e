#!/usr/bin/env bash
# Let two targets take turns (BASE and HEAD, under SCENARIO), or play a run (COMMAND), or take a given one (RUN), and
# judge it; once more if it is undecided and ON_INCONCLUSIVE says so. The head is compared with the base, whoever played
# them: SCENARIO here, or a COMMAND that names both. Writes the verdict into a folder, and its name, the verdict and the
# exit code into GITHUB_OUTPUT. A verdict of any kind ends this step well: a later one ends the job, after all has been
# told. Without a verdict it ends with the error's code.
set -euo pipefail

files=${RUNNER_TEMP:-/tmp}/cutover-verdict
rm -rf "$files"
mkdir -p "$files"
AGAINST=""

value() { # a key of a JSON object in a file; nothing where there is none
  python3 -c 'import json, sys
try: print(json.load(open(sys.argv[1], encoding="utf-8")).get(sys.argv[2], ""))
except ValueError: pass' "$1" "$2"
}

play() {
  local code=0 more=()
  if [ -n "${COMMAND:-}" ]; then
    bash -c "$COMMAND" >"$files/played.json" || code=$?
  else
    read -r -a more <<<"${SWARM:-}"
    cutover swarm "$SCENARIO" --ab "$BASE" "$HEAD" --headless --json "${more[@]}" >"$files/played.json" || code=$?
  fi
  RUN=$(value "$files/played.json" run)
  if [ -z "$RUN" ]; then
    RUN=$(value "$files/played.json" head)
    AGAINST=$(value "$files/played.json" base)
  fi
  if [ -z "$RUN" ]; then
    echo "::error title=cutover::What was played ended with $code and named no run; a command needs --json" >&2
    exit $((code ? code : 2))
  fi
}

judge() {
  local arguments=()
  read -r -a arguments <<<"${ARGUMENTS:-}"
  if [ -n "${BUDGETS:-}" ]; then arguments+=(--budgets "$BUDGETS"); fi
  if [ -n "$AGAINST" ]; then arguments+=(--baseline "$AGAINST"); fi
  case "$ON_INCONCLUSIVE" in
    neutral) ;;
    *) arguments+=(--on "inconclusive=$ON_INCONCLUSIVE") ;;
  esac
  code=0
  cutover gate "$RUN" --json --junit "$files/verdict.xml" --summary "$files/verdict.md" --sarif "$files/verdict.sarif" \
    "${arguments[@]}" >"$files/verdict.json" || code=$?
  if [ -z "$(value "$files/verdict.json" verdict)" ]; then exit $((code ? code : 1)); fi
}

turns=${SCENARIO:-}${BASE:-}${HEAD:-}
if [ -n "$turns" ] && { [ -z "${SCENARIO:-}" ] || [ -z "${BASE:-}" ] || [ -z "${HEAD:-}" ]; }; then
  echo "::error title=cutover::scenario, base and head go together: give all three" >&2
  exit 2
fi
ways=0
for way in "$turns" "${COMMAND:-}" "${RUN:-}"; do if [ -n "$way" ]; then ways=$((ways + 1)); fi; done
if [ "$ways" != 1 ]; then
  echo "::error title=cutover::give scenario, base and head, or a command, or a run: one of these" >&2
  exit 2
fi

if [ -z "${RUN:-}" ]; then plays=yes; else plays=""; fi
if [ -n "$plays" ]; then play; fi
judge
if [ "$code" = 4 ] && [ "$ON_INCONCLUSIVE" = rerun ] && [ -n "$plays" ]; then
  play
  judge
fi
{
  echo "files=$files"
  echo "run=$RUN"
  echo "base=$AGAINST"
  echo "exit-code=$code"
  echo "verdict=$(value "$files/verdict.json" verdict)"
} >>"$GITHUB_OUTPUT"
