"""Select galaxies by their answers, look at them, see how they are distributed."""

from morph import listing
from pages.common import frame, tiles
from pages.common.gallery import gallery

tiles.follow_opened()
here = frame.here()
label = tiles.caption_label(here.selection)
rows = listing.page(
    here.con,
    here.release,
    here.selection,
    limit=48,
    columns=tiles.columns(here.release, label),
)
gallery(
    tiles.of(rows, here.release, label),
    key="gallery",
    label="Galaxies",
    on_open=tiles.open_galaxy,
)
