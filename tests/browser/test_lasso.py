"""A lasso on the triangle and on the strip holds whom plain arithmetic says."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from morph.geometry.ternary import HEIGHT
from tests.browser.looking import settled

pytestmark = pytest.mark.browser

RELEASE = "demo-bmz"
BAR = ("bar_strong", "bar_weak", "bar_no")
MOST_BYTES_UP = 10_000

# Of the plane (view.js): space around what is drawn, in pixels.
SPACE = {"left": 6, "top": 6, "right": 6, "bottom": 6}
SPACE_WITH_AXES = SPACE | {"left": 58, "bottom": 46}


@dataclass(frozen=True)
class View:
    """Where the plane's coordinates lie on its canvas."""

    left: float
    top: float
    across: float  # pixels a unit of x
    up: float

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        return round(self.left + x * self.across), round(self.top - y * self.up)

    def place(self, right: int, down: int) -> tuple[float, float]:
        return (right - self.left) / self.across, (self.top - down) / self.up


@pytest.fixture(scope="session")
def shares(demo) -> pd.DataFrame:
    """Expected share and σ of the three answers about bars, and the galaxy's way."""
    folder = Path(demo.root) / "releases" / RELEASE
    alpha = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
    table = pd.DataFrame(index=alpha.index)
    total = alpha[[f"{label}_concentration" for label in BAR]].sum(axis=1)
    for label in BAR:
        table[label] = alpha[f"{label}_concentration"] / total
        variance = table[label] * (1 - table[label]) / (total + 1)
        table[f"{label}_sigma"] = np.sqrt(variance)
    first = ["smooth", "featured-or-disk", "artifact"]
    columns = [f"smooth-or-featured_{answer}_concentration" for answer in first]
    table["featured"] = alpha[columns].to_numpy().argmax(axis=1) == 1
    edge_on = alpha["disk-edge-on_yes_concentration"]
    table["face_on"] = alpha["disk-edge-on_no_concentration"] > edge_on
    return table


def view_of(canvas: Locator, space: dict, window: tuple, *, equal: bool) -> View:
    box = canvas.bounding_box()
    left, right, low, high = window
    width = box["width"] - space["left"] - space["right"]
    height = box["height"] - space["top"] - space["bottom"]
    across, up = width / (right - left), height / (high - low)
    if equal:
        across = up = min(across, up)
    middle = box["x"] + space["left"] + width / 2, box["y"] + space["top"] + height / 2
    return View(
        middle[0] - across * (left + right) / 2,
        middle[1] + up * (low + high) / 2,
        across,
        up,
    )


def lasso(
    page: Page, view: View, corners: list, x: pd.Series, y: pd.Series
) -> list[tuple[float, float]]:
    """Draw around corners in the plane's coordinates; gives those really drawn.

    A mouse moves by whole pixels, and a canvas may lie between two: the corners are
    moved a little so that no galaxy at ``x``, ``y`` is near the outline.
    """
    across, down = view.left + x * view.across, view.top - y * view.up
    rng = np.random.default_rng(0)
    tried = [
        [
            tuple((np.array(view.pixel(*c)) + rng.integers(-6, 7, 2)).tolist())
            for c in corners
        ]
        for _ in range(400)
    ]
    places = across.to_numpy(), down.to_numpy()
    pixels = max(tried, key=lambda one: nearest_to(one, *places))
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for place in pixels[1:]:
        page.mouse.move(*place)
    page.mouse.up()
    return [view.place(*pixel) for pixel in pixels]


def nearest_to(corners: list, x: np.ndarray, y: np.ndarray) -> float:
    """Distance of the nearest point to the outline through the corners."""
    best = np.inf
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        along = (x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)
        share = np.clip(along / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
        gone = np.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0))
        best = min(best, gone.min())
    return best


def inside(x: pd.Series, y: pd.Series, corners: list) -> pd.Series:
    """Which points a convex polygon, its corners counter-clockwise, has inside."""
    mask = pd.Series(True, index=x.index)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        mask &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0
    return mask


def selected(page: Page) -> int:
    """How many the button offers to select."""
    button = page.get_by_role("button", name=re.compile("^.*Select these [0-9,]+$"))
    expect(button).to_be_visible()
    return int(re.sub(r"\D", "", button.inner_text().split("these")[1]))


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    canvas = page.locator("canvas.over").first
    expect(canvas).to_be_visible()
    expect(page.get_by_text("drawn at random (seed 0)").first).to_be_visible()
    canvas.scroll_into_view_if_needed()
    settled(page)
    return canvas


def sent_after(page: Page) -> list[int]:
    """Bytes of each message that the page sends from now on."""
    sizes: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda data: sizes.append(len(data))),
    )
    return sizes


@pytest.mark.parametrize("rule", ["Most probable", "Ignore"])
def test_a_lasso_on_the_triangle(demo, page, shares, rule):
    sizes = sent_after(page)
    canvas = opened(page, f"{demo.url}/simplex?release={RELEASE}&rule={rule}")
    window = (-0.04, 1.04, -0.085, HEIGHT + 0.075)
    view = view_of(canvas, SPACE, window, equal=True)
    corners = [(0.30, 0.10), (0.78, 0.10), (0.70, 0.45), (0.45, 0.60)]
    before = len(sizes)
    x = shares["bar_strong"] + shares["bar_weak"] / 2
    y = shares["bar_weak"] * HEIGHT
    mask = inside(x, y, lasso(page, view, corners, x, y))
    if rule == "Most probable":
        mask &= shares["featured"] & shares["face_on"]
    assert mask.any()
    assert selected(page) == mask.sum()
    assert sum(sizes[before:]) < MOST_BYTES_UP
    page.get_by_role("button", name=re.compile("Select these")).click()
    count = re.compile(rf"\b{mask.sum():,} of {len(shares):,} galax")
    expect(page.get_by_text(count).first).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Explore").click()
    expect(page).to_have_url(re.compile("/explore"))
    settled(page)
    names = {
        tile.get_attribute("aria-label").split(",")[0]
        for tile in page.locator("a.tile").all()
    }
    assert names <= set(shares.index[mask])


def test_a_lasso_on_the_strip(demo, page, shares):
    address = f"{demo.url}/contrast?release={RELEASE}&contrast=σ against ρ̂"
    canvas = opened(page, f"{address}&answer=No bar&rule=Ignore")
    sigma = shares["bar_no_sigma"]
    top = min(1.06 * sigma.max(), 0.5)
    view = view_of(canvas, SPACE_WITH_AXES, (0, 1, 0, top), equal=False)
    low, high = sigma.quantile(0.2), sigma.quantile(0.9)
    corners = [(0.35, low), (0.93, low), (0.90, high), (0.40, high)]
    x = shares["bar_no"]
    mask = inside(x, sigma, lasso(page, view, corners, x, sigma))
    assert mask.any()
    assert selected(page) == mask.sum()


def test_a_region_by_numbers_needs_no_mouse(demo, page, shares):
    opened(page, f"{demo.url}/simplex?release={RELEASE}&rule=Ignore")
    page.get_by_role("button", name="Enter limits").press("Enter")
    slider = page.get_by_role("slider", name="Strong bar").first
    slider.focus()
    for _ in range(30):
        slider.press("ArrowRight")
    page.get_by_role("button", name="Draw the region").press("Enter")
    assert selected(page) == (shares["bar_strong"] > 0.30).sum()
