"""Certain beside uncertain galaxies, and what the decision tree excludes, as images."""

from pages.common.galaxies import empty_selection
from pages.common.here import current
from pages.contrast import contrast_controls, contrast_views

STRIP = "σ against ρ̂"
VIEWS = {
    "Most and least certain": contrast_views.sure_and_unsure,
    "With and without the tree": contrast_views.with_and_without_tree,
    STRIP: contrast_views.strip,
}

here = current()
view, chosen = contrast_controls.choose(
    here.release, list(VIEWS), without_pictures=STRIP
)
if not empty_selection.draw(here):
    VIEWS[view](here, chosen)
