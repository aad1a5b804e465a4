"""``python -m tests.data.demo.tiny_demo ROOT``: one fitted and built in seconds."""

import sys
from pathlib import Path

from data.demo.begin import begin
from data.demo.build import build_demo
from data.demo.console import Console
from data.demo.plan import Scale
from morph.runs.demo_status import building

TINY = Scale(
    "tiny", galaxies=80, fit_epochs=3, simulation_epochs=2, map_epochs=0, train=True
)


def build(root: Path, scale: Scale = TINY) -> None:
    with building(root):
        scale = begin(root, scale)
    build_demo(root, scale, Console().tell)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
