"""Find the Chromium of this machine, and drive it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no Chromium on this machine; install it (Debian: apt-get install chromium, "
    "Ubuntu: snap install chromium, macOS: brew install --cask google-chrome) or name "
    "it: MORPH_CHROMIUM=/path/to/chromium"
)


def find_chromium() -> str | None:
    """Path of the machine's Chromium, or of the program that MORPH_CHROMIUM names."""
    candidates = (os.environ.get("MORPH_CHROMIUM", ""), *NAMES)
    return next((path for name in candidates if (path := shutil.which(name))), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """A running browser, without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield running
        running.close()
