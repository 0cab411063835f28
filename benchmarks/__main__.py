"""`python -m benchmarks [ONLY]`: runs the benchmarks, or those named, and prints their figures beside the goals."""

import sys
from collections.abc import Callable, Iterator, Mapping

from benchmarks import g1_fanout, g1_film, g5_ingest, g7_library, g10_assemble, g11_ticks, g12_client, g13_make
from benchmarks.harness import Figure

BENCHMARKS: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "G1": g1_fanout.measure_g1,
    "FILM": g1_film.measure,
    "G2": g1_fanout.measure_g2,
    "G3": g1_fanout.measure_g3,
    "G5": g5_ingest.measure_g5,
    "G6": g5_ingest.measure_g6,
    "SCRUB": g5_ingest.measure_scrub,
    "G7": g7_library.measure_g7,
    "G8": g7_library.measure_g8,
    "G9": g7_library.measure_g9,
    "G10": g10_assemble.measure,
    "G11": g11_ticks.measure,
    "G12": g12_client.measure,
    "G13": g13_make.measure,
}

ROW = "{:<5} {:<48} {:>8} {:>20} {:>8}  {:<10} {}"


def main(only: list[str]) -> int:
    """Run the benchmarks named in `only` (none: all). Returns 1 when a goal is missed, 2 for an unknown name."""
    unknown = [name for name in only if name.upper() not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {' '.join(unknown)}; there are {' '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(ROW.format("", "", "median", "smallest..largest", "goal", "", ""))
    verdicts = []
    for name in [name.upper() for name in only] or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(_row(name, figure), flush=True)
            verdicts.append(figure.verdict)
    return 1 if "MISSED" in verdicts else 0


def _row(name: str, figure: Figure) -> str:
    spread = f"{figure.smallest:.3g}..{figure.largest:.3g}"
    goal = str(figure.goal) if figure.goal else ""
    return ROW.format(name, figure.what, f"{figure.value:.3g}", spread, goal, figure.verdict, figure.note).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
