"""A queue of galaxies to label by keys, fetched ahead; answers are posted at once.

An answer leads to the next image when the server has it on disk. While the server does
not answer, the image stays, the answer is kept in the browser, and is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pages.common import keys
from pages.common.components.declared import declared

_draw = declared(__file__, uses=("drawing", "scale_bar", "track"), fetched=True)


@dataclass(frozen=True)
class Asked:
    """The question: its kind, and the answers that have a key."""

    text: str
    kind: str
    answers: Sequence[str]


def label_queue(
    asked: Asked,
    *,
    key: str,
    label: str,
    address: str,
    queue_id: str,
    who: str,
    permit: str,
    look: dict[str, str],
    blind: bool,
    tags: Sequence[str] = (),
) -> None:
    """Show a queue from where ``who`` stopped; acts are posted to ``address``.

    ``look`` is the stretch and the zoom of the images; ``tags`` are offered while tags
    are typed.
    """
    unknown = keys.UNKNOWN_RATING if asked.kind == "rating" else keys.UNKNOWN
    _draw(
        key,
        label=label,
        asked=asked,
        address=address,
        queue_id=queue_id,
        who=who,
        permit=permit,
        look=look,
        blind=blind,
        tags=list(tags),
        keys={
            "unknown": unknown.press,
            "skip": keys.SKIP.press,
            "undo": keys.UNDO.press,
        },
    )
