"""Images of places: those of the store, in the look of the Galaxy page."""

import io

import numpy as np
import pytest
from PIL import Image

from morph.images import rendering
from morph.images.rendering import ImageStyle
from morph.images.store import find_cutout, names_with_cutout
from morph.labels import label_queue
from tests.pages.label.conftest import drawn


def pixels(answer):
    return np.asarray(Image.open(io.BytesIO(answer.content)))


@pytest.mark.parametrize(
    ("stretch", "zoom"), [("viewer", 1), ("linear", 2), ("authors", 4)]
)
def test_the_image_is_the_stores_cutout_in_the_chosen_look(
    client, con, queue, morph_home, stretch, zoom
):
    store = morph_home / "cutouts" / "small-bmz"
    for number in range(8):
        name = label_queue.showing_at(con, queue, number).iauname
        address = f"/label/{queue.queue_id}/image/{number}"
        answer = client.get(address, params={"stretch": stretch, "zoom": zoom})
        if not names_with_cutout(store, [name]):
            assert answer.status_code == 404
            continue
        flux = find_cutout(store, name)
        field = 64 * 0.262 / zoom
        style = ImageStyle(stretch, field_arcsec=field)
        expected = rendering.draw(flux, style, pixscale_arcsec=0.262)
        np.testing.assert_array_equal(pixels(answer), expected)
        assert "max-age" in answer.headers["cache-control"]


def test_the_second_time_a_galaxy_has_the_same_image(client, con, queue):
    shown = [label_queue.showing_at(con, queue, n) for n in range(queue.shown)]
    again = [one for one in shown if one.showing == 2]
    assert len(again) == 10
    for one in again:
        first = next(o for o in shown if o.iauname == one.iauname)
        both = [
            client.get(f"/label/{queue.queue_id}/image/{n}")
            for n in (first.number, one.number)
        ]
        assert both[0].content == both[1].content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/label/{}/image/30", 404),
        ("/label/{}/image/-1", 404),
        ("/label/{}/image/9999999999", 404),
        ("/label/{}/image/1x", 404),
        ("/label/nope/image/1", 404),
        ("/label/{}/image/1?zoom=3", 400),
        ("/label/{}/image/1?stretch=log", 400),
    ],
)
def test_what_is_not_there_is_said(client, queue, path, status):
    answer = client.get(path.format(queue.queue_id))
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")


def test_places_without_an_image_have_no_address(post, con, queue, morph_home):
    places = post().json()["places"]
    store = morph_home / "cutouts" / "small-bmz"
    for place in places:
        name = label_queue.showing_at(con, queue, place["number"]).iauname
        assert (place["picture"] is not None) == bool(names_with_cutout(store, [name]))


def test_a_release_without_images_has_places_too(client, con, ring, queue, post):
    other = drawn(con, ring, release="fractions-only")
    answer = client.get(f"/label/{other.queue_id}/image/0")
    assert (answer.status_code, "no image" in answer.text) == (404, True)
