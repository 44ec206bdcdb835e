"""Looks at a run that is prolonged spend one error rate, all together."""

import numpy as np
import pytest

from reports.looks import looks


@pytest.mark.parametrize("last_s", [60.0, 61.0, 90.0, 600.0, 86_400.0])
def test_all_looks_together_spend_the_rate(last_s):
    found = looks(60.0, last_s, 0.05)
    assert sum(look.error_rate for look in found) == pytest.approx(0.05, rel=1e-12)
    assert all(look.error_rate > 0 for look in found)
    assert (found[0].seen_s, found[-1].seen_s) == (60.0, last_s)


def test_who_looks_again_and_again_is_wrong_no_more_often():
    """A mean that lies exactly on its limit, looked at ten times: each decision is a mistake."""
    rng, trials = np.random.default_rng(1), 4_000
    plan = looks(60.0, 600.0, 0.05)
    sums, seen, wrong, naive = np.zeros(trials), 0.0, np.zeros(trials, bool), np.zeros(trials, bool)
    for look in plan:
        sums += rng.normal(0.0, np.sqrt(look.seen_s - seen), trials)
        seen = look.seen_s
        z = np.abs(sums) / np.sqrt(seen)
        wrong |= z > _z(look.error_rate)
        naive |= z > _z(0.05)
    assert wrong.mean() < 0.05
    assert naive.mean() > 0.15  # what looking again and again at 5 % does


def _z(rate):
    from scipy.stats import norm

    return norm.ppf(1 - rate / 2)
