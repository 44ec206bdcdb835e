from argparse import Namespace
from datetime import date
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.options import SwarmOptions

FORM = {
    "scenario": "rehearsal",
    "run_folder": "",
    "scale": "",
    "warp": "2.5",
    "allow_host": None,
    "allow_writes": False,
    "load": "",
    "target_metrics": "",
    "as_of": "",
    "authority": "",
    "order_file": "",
    "stop_at_errors": 0.9,
}


def test_what_locust_s_web_form_posts_is_read_as_meant():
    options = SwarmOptions.of(Namespace(**FORM))
    assert options == SwarmOptions(*("rehearsal", None, None, 2.5, (), False, None, None, None, None, 0.9, None))
    assert SwarmOptions.of(Namespace(**{**FORM, "run_folder": "r", "scale": 0.5})).run == Path("r")
    assert SwarmOptions.of(Namespace(**{**FORM, "authority": "a.pem"})).authority == Path("a.pem")


def test_a_day_is_read_or_bad_input():
    assert SwarmOptions.of(Namespace(**{**FORM, "as_of": "2025-06-30"})).as_of == date(2025, 6, 30)
    with pytest.raises(BadInput, match=r"options: --as-of = '30 June': must be a day; write it like 2025-06-30"):
        SwarmOptions.of(Namespace(**{**FORM, "as_of": "30 June"}))


def test_a_number_that_is_none_is_bad_input():
    with pytest.raises(BadInput, match=r"options: --scale = 'much': must be a number; write it like 0\.5"):
        SwarmOptions.of(Namespace(**{**FORM, "scale": "much"}))
