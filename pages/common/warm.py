"""What a first visitor would otherwise wait for, done while the server starts."""

import gc


def up() -> None:
    """Import what any page needs, and leave all of it out of garbage collections.

    Some hundred thousand objects of libraries never become garbage; to look through
    them takes a tenth of a second, in which nobody is answered.
    """
    from pages.common import (  # noqa: F401
        compare_views,
        contrast_views,
        design_views,
        explore_views,
        galaxy_view,
        map_view,
        population_views,
        region_found,
        similar_search,
        simplex_views,
        subset_upload,
        taking,
        tray,
    )

    gc.collect()
    gc.freeze()
