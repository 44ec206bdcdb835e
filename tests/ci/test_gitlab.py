"""The GitLab template's job, as its runner would play it."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
JOB = yaml.safe_load((ROOT / "ci" / "gitlab" / "cutover.yml").read_text(encoding="utf-8"))[".cutover"]


@pytest.fixture
def job(shell):
    """Return a function that plays the job's script with variables of its own, and returns how it ended."""

    def play(name="sh", **given):
        variables = {**JOB["variables"], "CUTOVER_INSTALL": "none", **given}
        return shell("\n".join(JOB["script"]), {name: str(value) for name, value in variables.items()}, name)

    return play


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("fail", 3), ("inconclusive", 4), ("invalid", 5)])
def test_the_job_ends_as_the_verdict_says_with_its_reports(job, made_run, tmp_path, verdict, code):
    ended = job(CUTOVER_RUN=made_run(verdict))
    assert ended.returncode == code, ended.stderr
    assert ended.stdout.startswith(verdict.upper())
    assert all((tmp_path / path).exists() for path in JOB["artifacts"]["reports"].values())
    assert JOB["artifacts"]["when"] == "always"


def test_only_undecided_may_fail_without_failing_the_pipeline():
    assert JOB["allow_failure"] == {"exit_codes": [4]}


@pytest.mark.parametrize(("what", "code"), [("warn", 0), ("fail", 3), ("rerun", 4)])
def test_what_undecided_is_taken_as(job, made_run, what, code):
    ended = job(CUTOVER_RUN=made_run("inconclusive"), CUTOVER_ON=what)
    assert ended.returncode == code
    assert f"(--on inconclusive={what})" in ended.stdout


def test_an_undecided_run_is_played_once_more(job, made_run):
    one, other = made_run("inconclusive"), made_run("pass")
    command = f"if [ -e once ]; then run={other}; else run={one}; touch once; fi; echo '{{\"run\": \"'$run'\"}}'"
    ended = job("bash", CUTOVER_COMMAND=command)  # which images have, or not
    assert ended.returncode == 0, ended.stderr
    assert [line.split(":")[0] for line in ended.stdout.splitlines() if line[:1].isupper()][-1] == "PASS"
    assert "INCONCLUSIVE" in ended.stdout


def test_budgets_and_arguments_reach_the_gate(job, made_run, tmp_path):
    (tmp_path / "budgets.txt").write_text("home response p50 < 1ms\n")
    ended = job(CUTOVER_RUN=made_run("pass"), CUTOVER_BUDGETS="budgets.txt", CUTOVER_ARGUMENTS="--sarif found.sarif")
    assert ended.returncode == 3
    assert (tmp_path / "found.sarif").exists()


def test_a_command_that_names_no_run_ends_the_job(job):
    ended = job(CUTOVER_COMMAND="echo nothing")
    assert ended.returncode == 2
    assert "named no run" in ended.stderr
