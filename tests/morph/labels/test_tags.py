"""Tags lead to their galaxies, and an unknown one to the nearest."""

from morph.labels.tags import nearest_tags, plain_tag, tag_called, tagged
from tests.morph.labels.acts import act, undo

WRONG = act("bob", "J9", "ring")
ACTS = [
    act("ann", "J1", "ring", "blue"),
    act("bob", "J1", "merger"),
    act("bob", "J2", "#rings"),
    act("ann", "J3", "ring"),
    act("ann", "J3", "dust lane"),  # a change of mind
    WRONG,
    undo(WRONG),
]


def test_a_tag_is_on_a_galaxy_if_anybody_put_it_there():
    assert tagged([ACTS, [act("cem", "J4", "Blue")]]) == {
        "blue": ("J1", "J4"),
        "ring": ("J1", "J2"),
        "dust lane": ("J3",),
        "merger": ("J1",),
    }
    assert tagged([]) == {}


def test_case_hash_and_plural_do_not_count():
    tags = tagged([ACTS])
    assert tag_called("#Rings", tags) == "ring"
    assert tag_called(" # dust-lanes", tags) == "dust lane"
    assert tag_called("#bar", tags) is None
    assert plain_tag("#Gas") == "gas"  # a short word keeps its s


def test_the_nearest_tags_are_those_spelt_alike_or_with_a_word_in_common():
    tags = tagged([ACTS])
    assert nearest_tags("#rnig", tags)[0] == "ring"
    assert nearest_tags("#merging", tags)[0] == "merger"
    assert nearest_tags("#lane", tags) == ["dust lane"]
    assert nearest_tags("#xyz", tags) == []
