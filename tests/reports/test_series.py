from collections.abc import Callable

import numpy as np

from reports.header import Window
from reports.run import Run
from reports.series import LatencySeries, Rows, row_sums
from reports.summary import Summary

Made = Callable[..., Run]


def test_rows_cover_whole_intervals_inside_the_window(made: Made) -> None:
    rows = Rows.of(made(), Window(from_s=9.5, to_s=20.5))
    assert (rows.from_s, rows.to_s, rows.count, rows.duration_s) == (10, 20, 10, 10)
    assert [rows.row(instant_s) for instant_s in (9.9, 10, 10.99, 19.5, 20)] == [None, 0, 0, 9, None]


def test_long_windows_have_neighbours_added_up(made: Made) -> None:
    rows = Rows.of(made(), Window(from_s=0, to_s=40), most=12)
    assert (rows.count, rows.length_s) == (10, 4)
    uneven = Rows.of(made(), Window(from_s=0, to_s=39), most=12)
    assert (uneven.count, uneven.lengths_s[-1], uneven.lengths_s.sum()) == (10, 3, 39)


def test_a_series_holds_every_step_of_the_window(made: Made) -> None:
    run = made(failing=0.1)
    summary = Summary.of(run)
    for most in (512, 7):
        rows = Rows.of(run, run.window, most)
        for name in (None, "submit"):
            series = LatencySeries.of(run, "response", name, rows)
            step = summary.steps[name or "all"]
            assert series.offered.sum() == step.offered
            assert series.ok.sum() == step.ok
            assert step.response is not None
            assert np.isclose(series.ok_sums_s.sum() / step.ok, step.response.mean_ok_s, rtol=1e-12)
            assert (np.diff(series.values_s) > 0).all()


def test_steps_whose_end_was_never_recorded_count_as_not_ok(made: Made) -> None:
    run = made()
    short = Run(run.folder, run.header)
    vars(short)["latencies"] = run.latencies[: len(run.latencies) // 2]
    series = LatencySeries.of(short, "response", None, Rows.of(short, short.window))
    assert series.offered.sum() == Summary.of(run).all.offered
    assert series.ok.sum() == Summary.of(short).all.ok < series.offered.sum()
    assert series.at_least_counts.sum() == Summary.of(short).all.outcomes["unfinished"]


def test_series_are_joined_cut_and_grouped_without_losing_a_step(made: Made) -> None:
    run = made(failing=0.1, failure="timed_out")
    whole = LatencySeries.of(run, "response", None, Rows.of(run, Window(from_s=10, to_s=40)))
    spans = (Window(from_s=10, to_s=17), Window(from_s=17, to_s=40))
    joined = LatencySeries.joined([LatencySeries.of(run, "response", None, Rows.of(run, span)) for span in spans])
    for name in ("lengths_s", "values_s", "middles_s", "ok_counts", "at_least_counts", "left_out"):
        assert (getattr(joined, name) == getattr(whole, name)).all()
    grouped = whole.grouped(7)
    assert grouped.lengths_s.tolist() == [7, 7, 7, 7, 2]
    assert (grouped.counts.sum(axis=0) == whole.counts.sum(axis=0)).all()
    cut = whole.rows(7, 14)
    assert (cut.counted == whole.counted[7:14]).all()
    assert cut.counts.any(axis=0).all()
    assert set(cut.values_s) <= set(whole.values_s)


def test_an_empty_run_has_rows_without_counts(made: Made) -> None:
    run = made(steps_per_s=0.0)
    series = LatencySeries.of(run, "response", None, Rows.of(run, run.window))
    assert (series.offered.sum(), series.counts.shape[1]) == (0, 0)
    assert run.intervals.held(run.window).sum() == len(series.lengths_s)


def test_sums_leave_out_what_no_row_holds(made: Made) -> None:
    rows = Rows.of(made(), Window(from_s=10, to_s=12))
    assert row_sums(rows, np.array([9, 10, 11, 11.5, 12]), np.array([5.0, 1.0, 2.0, 4.0, 8.0])).tolist() == [1, 6]
