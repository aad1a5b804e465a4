"""The results of a search as a sheet of images for print."""

from collections.abc import Sequence

from morph.similar.search import SearchResult
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import picture_sheet
from pages.common.here import Here
from pages.common.similar import similar_query
from pages.common.similar.similar_query import Query


def offer(
    here: Here, query: Query, shown: Sequence[Tile], result: SearchResult
) -> None:
    """A menu for the results, nearest first; their caption says what was searched."""
    distances, course = result.similar.distance, result.course
    below = "distance"
    if course is not None:
        below = f"fraction of {here.release.tree.words(course.label)}"
    like = ", ".join(query.like) or "an uploaded image"
    title = f"The {len(shown)} galaxies most similar to {like}"
    unlike = f", unlike {', '.join(query.unlike)}" if query.unlike else ""
    picture_sheet.offer(
        here,
        [{title: shown}],
        key="similar",
        caption=f"{title}{unlike}, in {similar_query.SPACE_WORDS[query.space]}, at "
        f"distances (1 − cosine) from {distances[0]:.3f} to {distances[-1]:.3f}. Below "
        f"each image: {below}, then cosine similarity.",
    )
