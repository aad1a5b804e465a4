"""The benchmark of neighbours, small: it finds a neighbour that is wrong."""

from tests.benchmarks import neighbours


def test_the_neighbours_are_those_of_brute_force(monkeypatch):
    monkeypatch.setattr(neighbours, "BESIDE", 400)
    found = list(neighbours.rows(600))
    assert [row["missed"] for row in found] == ["", ""]
    assert "400 x 128" in found[0]["what"] and "600 x 128" in found[1]["what"]


def test_a_wrong_neighbour_is_counted(monkeypatch):
    right = neighbours.nearest_neighbours

    def wrong(points, count):
        distances, near = right(points, count)
        near[:, 0] = (near[:, 0] + 1) % len(points)
        return distances, near

    monkeypatch.setattr(neighbours, "BESIDE", 400)
    monkeypatch.setattr(neighbours, "nearest_neighbours", wrong)
    (row,) = neighbours.rows(400)
    assert row["missed"].endswith("of 100 have other neighbours")
