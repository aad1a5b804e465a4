"""What runs were made from and what they made."""

from morph.runs.lifecycle import create_run, list_runs
from morph.runs.lineage import connected, links

SOURCE = {"kind": "source", "stores": ["decals"]}
ADAPT = {
    "kind": "adapt",
    "model_run": "source",
    "source_stores": ["decals"],
    "target_stores": ["bmz"],
    "release": {"release_id": "adapted", "stores": ["bmz"]},
}
FEATURES = {
    "kind": "features",
    "model_run": "source",
    "parent": "adapted",
    "release": {"release_id": "with-map", "stores": ["bmz"]},
}


def test_stores_models_and_releases_are_linked_by_runs(tmp_path):
    for name, config in (("source", SOURCE), ("adapt", ADAPT), ("map", FEATURES)):
        create_run(tmp_path, name, config)
    create_run(tmp_path, "odd", {"kind": "source", "stores": 7, "release": [1]})
    found = links(list_runs(tmp_path))
    assert set(found) == {
        (("store", "decals"), ("run", "source")),
        (("store", "decals"), ("run", "adapt")),
        (("store", "bmz"), ("run", "adapt")),
        (("run", "source"), ("run", "adapt")),
        (("run", "adapt"), ("release", "adapted")),
        (("store", "bmz"), ("run", "map")),
        (("run", "source"), ("run", "map")),
        (("release", "adapted"), ("run", "map")),
        (("run", "map"), ("release", "with-map")),
    }
    of_source = connected(found, ("run", "source"))
    assert (("store", "decals"), ("run", "source")) in of_source
    assert (("run", "map"), ("release", "with-map")) in of_source
    assert (("store", "bmz"), ("run", "map")) not in of_source  # beside, not before


def test_a_circle_of_names_ends():
    found = [(("run", "a"), ("run", "b")), (("run", "b"), ("run", "a"))]
    assert connected(found, ("run", "a")) == found


def test_the_parent_of_a_question_is_linked(tmp_path):
    release = {"parent": "old", "release_id": "rings", "stores": ["bmz"]}
    create_run(tmp_path, "tuned", {"kind": "finetune", "release": release})
    assert set(links(list_runs(tmp_path))) == {
        (("store", "bmz"), ("run", "tuned")),
        (("release", "old"), ("run", "tuned")),
        (("run", "tuned"), ("release", "rings")),
    }
