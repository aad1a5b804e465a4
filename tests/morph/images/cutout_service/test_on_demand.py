"""Pictures on demand: few connections, kept on disk, and quiet without a service."""

import io
import os
import socket
import time

import pytest
from PIL import Image

from morph.images.cutout_service import on_demand
from morph.images.cutout_service.on_demand import OnDemand, Place
from morph.images.cutout_service.picture_cache import PictureCache
from morph.images.survey.survey import Service, Survey
from tests.cutout_server import Behaviour, serving

PATIENCE_S = 30


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pictures(tmp_path, clock):
    made = OnDemand(
        tmp_path / "pictures", most_bytes=10**7, now=clock, sleep=clock.sleep
    )
    yield made
    made.close()


def survey(url):
    return Survey("near", "Near", service=Service(url=url, layer="x"))


def places(number):
    return [Place(150 + i / 100, 2.0) for i in range(number)]


def obtained(pictures, survey, places, width=256):
    coming = [pictures.picture(survey, place, width=width) for place in places]
    return [one.result(timeout=PATIENCE_S) for one in coming]


def test_a_picture_is_requested_once_and_kept(pictures, tmp_path, clock):
    with serving() as server:
        (first,) = obtained(pictures, survey(server.url), places(1))
        assert Image.open(io.BytesIO(first)).size == (256, 256)
        assert obtained(pictures, survey(server.url), places(1)) == [first]
        large = obtained(pictures, survey(server.url), places(1), 512)[0]
        assert Image.open(io.BytesIO(large)).size == (512, 512)
        assert len(server.log) == 2
        other = OnDemand(tmp_path / "pictures", most_bytes=10**7, now=clock)
        assert obtained(other, survey(server.url), places(1)) == [first]
        other.close()
        assert len(server.log) == 2


def test_48_pictures_come_within_10_seconds_over_4_connections(pictures):
    with serving(Behaviour(delay_s=0.5)) as server:
        started = time.monotonic()
        found = obtained(pictures, survey(server.url), places(48))
        assert time.monotonic() - started < 10
        assert all(found)
        assert server.most_at_once == 4


def test_the_same_picture_asked_for_twice_at_once_is_one_request(pictures):
    with serving(Behaviour(delay_s=0.2)) as server:
        found = obtained(pictures, survey(server.url), places(1) * 6)
        assert len(set(found)) == 1
        assert len(server.log) == 1


@pytest.mark.parametrize("fault", ["500", "html", "truncated", "wrong size", "reset"])
def test_trouble_is_tried_again_then_left_alone_then_tried_anew(pictures, clock, fault):
    with serving(Behaviour(faults={fault: 1.0})) as server:
        near = survey(server.url)
        assert obtained(pictures, near, places(1)) == [None]
        assert len(server.log) == 3
        assert pictures.is_quiet(near)
        assert obtained(pictures, near, places(20)) == [None] * 20
        assert len(server.log) == 3
        server.behaviour.faults = {}
        clock.time += 61
        assert not pictures.is_quiet(near)
        assert all(obtained(pictures, near, places(2)))


def test_a_service_says_how_long_it_wants_to_be_left_alone(pictures, clock):
    behaviour = Behaviour(faults={"429": 1.0}, retry_after="200")
    with serving(behaviour) as server:
        near = survey(server.url)
        assert obtained(pictures, near, places(1)) == [None]
        assert len(server.log) == 1
        clock.time += 199
        assert pictures.is_quiet(near)
        clock.time += 2
        assert not pictures.is_quiet(near)


def test_without_a_network_it_goes_quiet_and_for_longer_each_time(pictures, clock):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        near = survey(f"http://127.0.0.1:{held.getsockname()[1]}")
        pauses = []
        for _ in range(3):
            assert obtained(pictures, near, places(8)) == [None] * 8
            begun = clock.time
            while pictures.is_quiet(near):
                clock.time += 1
            pauses.append(clock.time - begun)
    assert pauses[0] >= 60
    assert pauses == sorted(pauses)
    assert pauses[2] > 2 * pauses[0] - 5


def test_where_there_is_no_image_nobody_asks_again(pictures):
    with serving(Behaviour(draw=lambda *_: None)) as server:
        for _ in range(3):
            assert obtained(pictures, survey(server.url), places(1)) == [None]
        assert len(server.log) == 1
        assert not pictures.is_quiet(survey(server.url))


def test_the_cache_keeps_what_was_used_last_within_its_limit(tmp_path):
    cache = PictureCache(tmp_path, 1000)
    for number in range(9):
        cache.write(f"key {number}", bytes([number]) * 100)
    (oldest,) = [p for p in tmp_path.glob("*/*.jpg") if p.read_bytes()[0] == 0]
    for path in tmp_path.glob("*/*.jpg"):
        os.utime(path, (path.read_bytes()[0],) * 2)
    assert cache.read("key 0") == b"\0" * 100  # now it was used last
    cache.write("key 9", b"9" * 100)
    cache.write("key 10", b"x" * 100)
    held = [path.stat().st_size for path in tmp_path.glob("*/*.jpg")]
    assert sum(held) <= 1000
    assert oldest.exists()
    assert cache.read("key 1") is None
    assert cache.read("key 10") == b"x" * 100
    cache.write("too large", b"x" * 1001)
    assert cache.read("too large") is None


@pytest.mark.parametrize(
    ("value", "on"),
    [
        (None, True),
        ("on", True),
        ("ON", True),
        ("off", False),
        ("", False),
        ("no", False),
    ],
)
def test_the_switch(monkeypatch, value, on):
    monkeypatch.delenv("MORPH_PICTURES")
    if value is not None:
        monkeypatch.setenv("MORPH_PICTURES", value)
    assert on_demand.is_switched_on() == on


@pytest.mark.parametrize(
    ("value", "bytes_"), [("", 5e8), ("20", 2e7), ("0", 0), ("-1", 5e8), ("many", 5e8)]
)
def test_the_limit_of_the_cache(monkeypatch, value, bytes_):
    monkeypatch.setenv("MORPH_PICTURES_MB", value)
    assert on_demand.most_bytes() == bytes_
