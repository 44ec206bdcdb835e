import math

from models.statistics.means import replication_mean
from models.statistics.replications import MEDIAN, over_replications


def test_values_that_are_finite_have_their_mean() -> None:
    values = [1.2, 0.9, 1.4]
    assert over_replications(values, 0.9) == replication_mean(values, 0.9)


def test_where_a_quantile_was_not_reached_the_median_takes_the_mean_s_place() -> None:
    values = [*range(1, 20), math.inf]
    found = over_replications(values)
    # P(B < 6) = 0.0207 <= 0.025 < 0.0577 = P(B < 7) for B ~ Binomial(20, 1/2)
    assert (found.low, found.value, found.high, found.method, found.why) == (6.0, 10.0, 15.0, MEDIAN, None)
    few = over_replications([1.0, 2.0, math.inf])
    assert few.value == 2.0
    assert few.why == "3 samples do not bound the quantile on both sides; it takes 6."
