"""A dashboard over a home, on a port that is free."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.demo.dashboard import dashboard
from data.load_or_wait import enter

SIMULATED = 3000  # galaxies of the dashboard that several tests share


@contextmanager
def serving(root: Path, *, loaded: bool = True) -> Iterator[str]:
    """Serve the dashboard over ``root`` until the block ends; gives its address.

    Its releases are ``loaded`` before: a first visit shows what is loaded by then, and
    keeps that release though a newer one comes.
    """
    if loaded:
        for folder in sorted((root / "releases").glob("[!.]*")):
            enter(root, folder.name, print)
    with dashboard(root, free_port()) as running:
        yield running.url


def free_port() -> int:
    """A port of this computer that nobody uses yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
