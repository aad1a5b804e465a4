"""What a person sees of a page: when it has come, its count, its galaxies."""

from contextlib import suppress
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.plain_counts import Limits, Plain

FIRST_VISIT_MS = 60_000
_TRIES, _SOON_MS = 6, 4000


def settled(page: Page) -> None:
    """Wait until the page has been run and nothing in it is of an earlier run."""
    page.wait_for_function(
        """() => document.querySelector('[data-test-script-state="notRunning"]')
            && !document.querySelector('[data-testid="stSkeleton"]')
            && !document.querySelector('[data-stale="true"]')""",
        timeout=FIRST_VISIT_MS,
    )


def expect_count(page: Page, released: Plain, number: int) -> None:
    """The count above the page is this one."""
    line = f"{number:,} of {len(released.shares):,} galaxies"
    expect(page.get_by_text(line, exact=True).first).to_be_visible()


def names_shown(page: Page) -> list[str]:
    """The galaxies of Explore's gallery, in order."""
    tiles = page.locator(".st-key-gallery a.tile")
    expect(tiles.first).to_be_visible()
    return [tile.get_attribute("aria-label").split(",")[0] for tile in tiles.all()]


def query_of(limits: Limits) -> str:
    """The limits as a link has them."""
    ends = {label: [f"{end:g}" for end in both] for label, both in limits.items()}
    return urlencode(ends, doseq=True)


def pick(page: Page, field: Locator, option: str) -> None:
    """Choose an option of a menu; a page that still moves closes it again."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(_TRIES):
        field.click()
        with suppress(PlaywrightTimeout):
            wanted.click(timeout=_SOON_MS)
            settled(page)
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"the menu has no {option}")
