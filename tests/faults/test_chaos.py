"""A short run of `python -m tests.faults.chaos`."""

from tests.faults.chaos import Chaos
from tests.faults.conftest import Farm


def test_a_little_chaos(farm_of_processes: Farm) -> None:
    happened = Chaos(farm_of_processes, ["n0", "n1", "n2"], 7).run(16, 6.0)
    assert happened["COMPLETED"] + happened["CANCELLED"] + happened["FAILED"] == 16
    assert happened["kill"] + happened["stop"] + happened["end"] > 0
