import math

import numpy as np
import pytest

from models.statistics.student import half_width, student


def test_published_values() -> None:
    assert student(np.array([1.0, 2, 3, 4, 5]), 0.95) == pytest.approx((1.036757, 4.963243), abs=1e-6)
    assert student(np.array([1.0]), 0.95) == (-math.inf, math.inf)
    # Law & Kelton, example 4.28: ten samples of mean 1.34 and variance 0.17, at 90 %: 1.34 ± 0.24.
    assert half_width(math.sqrt(0.17), 10, 0.90) == pytest.approx(0.24, abs=0.005)
