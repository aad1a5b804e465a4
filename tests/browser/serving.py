"""A dashboard over a home, on a port that is free."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.demo.dashboard import dashboard

SIMULATED = 3000  # galaxies of the dashboard that several tests share


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve the dashboard over ``root`` until the block ends; gives its address."""
    with dashboard(root, free_port()) as running:
        yield running.url


def free_port() -> int:
    """A port that no program uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
