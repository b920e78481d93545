"""`python -m tests.fuzz [--count 20000] [--first 0] [--keep FOLDER]`: counts, then every fault; exit 1 for any."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import Fuzz, seeds

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz")
    parser.add_argument("--count", type=int, default=20_000, help="so many mutated projects")
    parser.add_argument(
        "--first", type=int, default=0, help="the first one's number; the same number is the same project"
    )
    parser.add_argument("--seconds", type=float, help="end after so long")
    parser.add_argument("--keep", type=Path, help="where projects that make a fault are kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        fuzz = Fuzz(seeds(Path(scratch), SAMPLES), folder)

        told = 0

        def tell(done: int) -> None:
            nonlocal told
            for fault in fuzz.outcome.faults[told:]:
                print(fault, file=sys.stderr)
            told = len(fuzz.outcome.faults)
            if done % 500 == 0:
                print(f"{done}: {dict(fuzz.outcome.counts)}, {len(fuzz.outcome.faults)} faults", file=sys.stderr)

        try:
            fuzz.run(range(arguments.first, arguments.first + arguments.count), arguments.seconds, tell)
        finally:
            fuzz.close()
    outcome = fuzz.outcome
    print(f"{sum(outcome.counts.values())} projects: {dict(outcome.counts)}; the slowest took {outcome.slowest:.1f} s")
    for late in outcome.late:
        print(f"late once, by a busy machine: {late}")
    for fault in outcome.faults:
        print(fault)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
