import pytest

from scenarios.target_size import size_of


@pytest.mark.parametrize(
    ("metrics", "size"),
    [
        (b"portal_dossiers_total 7\nportal_procedures 43\n", {"dossiers": 7, "procedures": 43}),
        (b"# HELP portal_procedures All.\nportal_procedures 6000.0\n", {"procedures": 6000}),
        (b"portal_dossiers_total_more 7\nportal_procedures NaN\n", None),
        (b"\xff", None),
    ],
)
def test_a_target_tells_its_size_in_its_metrics(metrics, size):
    assert size_of(metrics) == size
