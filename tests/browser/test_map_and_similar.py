"""Map and Similar in a real browser: lassos by brute force, pictures from outside."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from morph.home import cutouts_folder, release_folder
from morph.images.store import encode_jpeg, open_store
from morph.images.stretch import colour_picture
from tests.browser.looking import settled

pytestmark = pytest.mark.browser

LASSO = ((0.45, 0.3), (0.7, 0.35), (0.65, 0.6), (0.5, 0.7), (0.35, 0.5))
CORNERS = b'"x":['  # in the message of a lasso
SECOND = ((0.55, 0.45), (0.8, 0.5), (0.7, 0.8))


@dataclass(frozen=True)
class Mapped:
    """A dashboard over one release that has a map, and where its galaxies lie."""

    url: str
    places: pd.DataFrame  # iauname, umap_x, umap_y


@pytest.fixture(scope="module")
def mapped(simulated: str, simulated_home: Path) -> Mapped:
    folder = release_folder(simulated_home, "simulated")
    return Mapped(simulated, pd.read_parquet(folder / "projection.parquet"))


@pytest.fixture
def the_map(mapped: Mapped, page: Page) -> Page:
    return shown(page, mapped)


def shown(page: Page, mapped: Mapped) -> Page:
    """The page with the map and its points."""
    page.goto(f"{mapped.url}/map")
    expect(page.locator("canvas.over")).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some("
        "e => e.shadowRoot?.querySelector('.plane')?.plane?.points)"
    )
    return page


def draw(page: Page, shares) -> np.ndarray:
    """Draw a lasso with these corners; return them in the plane's coordinates."""
    settled(page)
    over = page.locator("canvas.over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    corners = [(x * box["width"], y * box["height"]) for x, y in shares]
    drawn = over.evaluate(
        """(canvas, corners) => {
          const { view, frame } = canvas.getRootNode().querySelector('.plane').plane;
          return corners.map(([px, py]) => [
            view.x + (px - frame.left - frame.width / 2) / view.across,
            view.y - (py - frame.top - frame.height / 2) / view.up,
          ]);
        }""",
        corners,
    )
    page.mouse.move(box["x"] + corners[0][0], box["y"] + corners[0][1])
    page.mouse.down()
    for x, y in [*corners[1:], corners[0]]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=5)
    page.mouse.up()
    return np.array(drawn)


def inside(places: pd.DataFrame, polygon: np.ndarray) -> np.ndarray:
    """Crossings of a ray to the right, one galaxy at a time."""
    found = []
    for x, y in places[["umap_x", "umap_y"]].to_numpy():
        odd = False
        for (x0, y0), (x1, y1) in zip(
            polygon, np.roll(polygon, -1, axis=0), strict=True
        ):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                odd = not odd
        found.append(odd)
    return np.array(found)


def expect_count(page: Page, count: int) -> None:
    text = f"{count:,} of 3,000 galaxies"
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_lassos_on_the_map_count_whom_they_hold(the_map, mapped):
    first = inside(mapped.places, draw(the_map, LASSO))
    expect_count(the_map, first.sum())
    the_map.keyboard.down("Shift")
    second = inside(mapped.places, draw(the_map, SECOND))
    the_map.keyboard.up("Shift")
    expect_count(the_map, (first | second).sum())
    the_map.get_by_role("radio", name="Remove", exact=True).click()
    third = inside(mapped.places, draw(the_map, LASSO[1:4]))
    expect_count(the_map, ((first | second) & ~third).sum())
    assert 0 < third.sum() < first.sum() < len(first)


def test_a_lasso_survives_in_a_link(the_map, mapped, page):
    held = inside(mapped.places, draw(the_map, LASSO)).sum()
    expect_count(the_map, held)
    the_map.wait_for_url("**drawn=*")
    address = the_map.url
    page.goto("about:blank")
    page.goto(address)
    expect_count(page, held)


def test_a_lasso_sends_little_and_nothing_again_later(mapped, page):
    sent: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda message: sent.append(message)),
    )
    settled(shown(page, mapped))
    sent.clear()
    held = inside(mapped.places, draw(page, LASSO)).sum()
    expect_count(page, held)
    settled(page)
    assert sum(map(len, sent)) < 20_000
    assert [CORNERS in message for message in sent].count(True) == 1
    sent.clear()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("Draw around galaxies")).to_be_visible()
    settled(page)
    assert sent and not any(CORNERS in message for message in sent)


def test_a_region_without_a_mouse(the_map, mapped):
    the_map.get_by_role("button", name="Enter limits").press("Enter")
    x, y = mapped.places["umap_x"], mapped.places["umap_y"]
    sides = {
        "Left": x.quantile(0.3),
        "Right": x.quantile(0.8),
        "Bottom": y.quantile(0.2),
    }
    for name, value in sides.items():
        field = the_map.get_by_role("spinbutton", name=name)
        field.fill(f"{value:.3f}")
        field.press("Tab")
    the_map.get_by_role("button", name="Draw the box").press("Enter")
    left, right, bottom = (round(float(value), 3) for value in sides.values())
    expect_count(the_map, int(((x >= left) & (x < right) & (y >= bottom)).sum()))


def test_a_lasso_is_kept_under_a_name_and_the_page_keeps_its_style(the_map, mapped):
    unseen = the_map.locator(".st-key-kept")  # by the style, the page's first element
    held = inside(mapped.places, draw(the_map, LASSO)).sum()
    expect_count(the_map, held)
    expect(unseen).to_be_hidden()
    for said in ("Saved “Lassoed”.", "subset “Lassoed” already exists"):
        the_map.get_by_role("button", name="Save", exact=True).press("Enter")
        field = the_map.get_by_label("Name", exact=True)
        field.fill("Lassoed")
        field.press("Tab")
        the_map.get_by_role("button", name=f"Save {held:,} galaxies").press("Enter")
        expect(the_map.get_by_text(said)).to_be_visible()
        expect(unseen).to_be_hidden()
        the_map.keyboard.press("Escape")


def test_zoom_and_tool_stay_when_the_page_runs_again(the_map):
    state = """canvas => {
      const { view, tool } = canvas.getRootNode().querySelector('.plane').plane;
      return [view.x, view.y, view.across, tool];
    }"""
    over = the_map.locator("canvas.over")
    the_map.get_by_role("button", name="Box", exact=True).click()
    over.hover(position={"x": 200, "y": 260})
    the_map.mouse.wheel(0, -400)
    before = over.evaluate(state)
    draw(the_map, (LASSO[0], LASSO[2]))
    expect(the_map.get_by_role("button", name="Clear", exact=True)).to_be_visible()
    the_map.get_by_role("combobox", name="Colour by").click()
    the_map.get_by_role("option", name="Trust", exact=True).click()
    expect(the_map.locator(".ramp")).to_be_visible()
    assert over.evaluate(state) == before and before[3] == "box"
    the_map.get_by_role("slider", name="r-band magnitude (mag) — start").focus()
    for _ in range(40):
        the_map.keyboard.press("ArrowRight")
    chip = the_map.locator(".st-key-chips").get_by_role("button")
    expect(chip.filter(has_text="r-band magnitude").first).to_be_visible()
    settled(the_map)
    assert over.evaluate(state) == before  # though a filter stands above it now


def test_an_uploaded_picture_finds_its_own_galaxy(demo, page, tmp_path: Path):
    store = open_store(cutouts_folder(demo.root, "demo-bmz"))
    picture = colour_picture(np.asarray(store.pixels[3], np.float32))
    path = tmp_path / "galaxy.png"
    path.write_bytes(encode_jpeg(picture))
    page.goto(f"{demo.url}/similar")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("Prediction: ")).to_be_visible(timeout=120_000)
    gallery = page.locator("[aria-label*='most similar first'] a.tile")
    expect(gallery.first).to_be_visible(timeout=60_000)
    nearest = [
        gallery.nth(place).get_attribute("aria-label").split(",")[0]
        for place in range(3)
    ]
    assert store.names[3] in nearest
