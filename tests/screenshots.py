"""Screenshots of every page of the demonstration: ``make screenshots``.

``python -m tests.screenshots`` opens the demonstration in MORPH_HOME, built before with
``make demo``, and writes ``docs/<page>-<theme>.jpg``, 1440 x 900 pixels.
"""

import argparse
import os
import shutil
import socket
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from data.demo.dashboard import dashboard
from morph.home import home

DOCS = Path(__file__).resolve().parent.parent / "docs"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZE = {"width": 1440, "height": 900}
PATIENCE_MS = 120_000
LARGEST_BYTES = 150_000  # per screenshot; together below 4 MB
QUALITIES = (82, 74, 66, 58, 50, 40)

# Whether all images in view are loaded, also within components.
PICTURES_HAVE_COME = """() => {
  const come = (root) =>
    [...root.querySelectorAll("img")].every(
      (image) =>
        image.complete || image.getBoundingClientRect().top > window.innerHeight,
    ) &&
    [...root.querySelectorAll("*")].every(
      (one) => !one.shadowRoot || come(one.shadowRoot),
    );
  return come(document);
}"""

# The view of each page.
VIEWS = {
    "overview": "",
    "explore": "explore?bar_strong=0.6&bar_strong=1&rule=largest",
    "contrast": "contrast?question=bar",
    "simplex": "simplex?triangle=bar",
    "map": "map",
    "similar": "similar",
    "galaxy": "galaxy",
    "designer": "designer?release=demo-decals&purity=95",
    "populations": "populations?answer=bar_strong",
    "subsets": "subsets",
    "label": "label",
    "download": "download?bar_strong=0.6&bar_strong=1",
    "compare": "compare?question=bar",
    "data": "data",
    "runs": "runs",
    "methods": "methods",
}


def settle(tab: Page) -> None:
    """Wait until Streamlit has run the page and its images are loaded."""
    tab.wait_for_selector('[data-testid="stAppViewContainer"]', timeout=PATIENCE_MS)
    tab.wait_for_function(
        """() => document.querySelector('[data-test-script-state="notRunning"]')
            && !document.querySelector('[data-testid="stSkeleton"]')
            && ![...document.querySelectorAll('[data-stale="true"]')].length""",
        timeout=PATIENCE_MS,
    )
    tab.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
    tab.wait_for_function(PICTURES_HAVE_COME, timeout=PATIENCE_MS)
    tab.wait_for_timeout(1500)  # figures fade in
    if tab.get_by_text("Internal error in morph").count():
        raise RuntimeError(f"{tab.url} shows an error; see the dashboard's log")


def take(url: str, chromium: str, out: Path, names: list[str]) -> None:
    """Write a screenshot of each named page in each theme."""
    out.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for theme in ("light", "dark"):
            tab = browser.new_context(viewport=SIZE, color_scheme=theme).new_page()
            for name in names:
                tab.goto(f"{url}/{VIEWS[name]}", timeout=PATIENCE_MS)
                settle(tab)
                path = out / f"{name}-{theme}.jpg"
                path.write_bytes(_small(tab))
                print(path)
        browser.close()


def _small(tab: Page) -> bytes:
    """The screenshot as JPEG, in the best quality that is small enough."""
    for quality in QUALITIES:
        picture = tab.screenshot(type="jpeg", quality=quality)
        if len(picture) <= LARGEST_BYTES:
            break
    return picture


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DOCS, help="folder (docs)")
    parser.add_argument("pages", nargs="*", default=list(VIEWS), help="which (all)")
    arguments = parser.parse_args()
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        print("no Chromium on this machine; Debian: apt-get install chromium")
        return 1
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with dashboard(home(), port) as running:
        take(running.url, chromium, arguments.out, arguments.pages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
