"""The samples that stand in a run's folder: what comes late adds to them, or is left out, and never replaces them."""

from scenarios.swarm.conduct.kept_samples import KeptSamples


def entry(at_s):
    about = {"step": "home", "outcome": "failed", "why": "failing", "t": at_s}
    return {"startedDateTime": f"2025-07-01T08:{at_s // 60:02d}:{at_s % 60:02d}", "time": 3.0, "_cutover": about}


def test_a_sample_that_comes_late_does_not_replace_those_of_its_minute():
    kept = KeptSamples()
    kept.add(entry(5))
    assert dict(kept.changed(60.0)) == {"0000": [entry(5)]}
    kept.add(entry(7))
    assert dict(kept.changed(170.0)) == {"0000": [entry(5), entry(7)]}
    assert dict(kept.changed(200.0)) == {}
    kept.add(entry(9))
    kept.add(entry(130))
    assert dict(kept.changed(205.0)) == {"0002": [entry(130)]}
