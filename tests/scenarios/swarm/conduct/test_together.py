"""Two coordinators find one origin by themselves."""

from cutover.base.clock import SECOND_NS
from scenarios.swarm.conduct.together import AHEAD_NS, Together


def test_both_begin_after_the_later_one_was_ready(tmp_path):
    base, head = Together(tmp_path, 0), Together(tmp_path, 1)
    assert base.origin_ns(5 * SECOND_NS) is None
    assert base.origin_ns(6 * SECOND_NS) is None
    assert head.origin_ns(9 * SECOND_NS) == 9 * SECOND_NS + AHEAD_NS
    assert base.origin_ns(9 * SECOND_NS + 1) == 9 * SECOND_NS + AHEAD_NS
    assert head.origin_ns(10 * SECOND_NS) == 9 * SECOND_NS + AHEAD_NS
