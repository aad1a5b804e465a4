"""The dashboard as one ASGI app: serves pages, images and files, loads releases.

Start it with ``streamlit run app.py``.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from morph.home import home
from pages.common.components import declared
from pages.common.frame import problems
from pages.common.frame.page_list import PATHS
from pages.common.server import database
from pages.common.server.changes_only import ChangesOnly
from pages.common.server.first_style import FirstStyle
from pages.common.server.known_paths import KnownPaths
from pages.common.server.routes import (
    cells_route,
    drawn_data,
    picture_route,
    report_route,
    serving,
    subset_route,
    survey_pictures,
    thumbnails,
)
from pages.common.server.same_site import SameSite
from pages.common.server.without_delay import send_without_delay
from pages.label import answers_route, places

_THREADS = 64


def prepare() -> None:
    """Import what the pages need, so that no visit of a page waits for it.

    A garbage collection that scans the long-lived objects of libraries takes a tenth
    of a second, during which no request is answered; so they are frozen.
    """
    _prepare_first_page()
    from morph.figures import population_figures, purity_figures  # noqa: F401
    from pages.compare import (  # noqa: F401
        compare_by_position,
        compare_evaluations,
        compare_reliability,
        compare_trend,
        compare_views,
    )
    from pages.contrast import contrast_views  # noqa: F401
    from pages.data import (  # noqa: F401
        catalogue_cards,
        citations,
        new_cutouts,
        new_pictures,
        store_cards,
    )
    from pages.designer import designer_blocks  # noqa: F401
    from pages.download import (  # noqa: F401
        column_chooser,
        download_map,
        download_own,
    )
    from pages.explore import (  # noqa: F401
        explore_table,
        explore_views,
        removed_by_step,
    )
    from pages.galaxy import (  # noqa: F401
        galaxy_numbers,
        galaxy_picture,
        galaxy_view,
        nearby,
        picture_actions,
        posterior_block,
    )
    from pages.label import (  # noqa: F401
        label_files,
        label_results,
        labelling,
        learn,
        question_controls,
        queue_controls,
    )
    from pages.map import map_empty, map_view  # noqa: F401
    from pages.methods import methods_limits, methods_views  # noqa: F401
    from pages.populations import populations_blocks  # noqa: F401
    from pages.runs import (  # noqa: F401
        all_runs,
        compare_runs,
        new_run_form,
        run_cards,
        run_lineage,
    )
    from pages.similar import (  # noqa: F401
        keep_column,
        save_similar,
        similar_path,
        similar_view,
    )
    from pages.simplex import simplex_views  # noqa: F401
    from pages.subsets import (  # noqa: F401
        kept_columns,
        similarity_columns,
        subset_combine,
        subset_details,
        subset_upload,
    )

    gc.collect()
    gc.freeze()


def _prepare_first_page() -> None:
    from pages.common.frame import frame, page_list, pin_tray  # noqa: F401
    from pages.common.galaxies import empty_selection, tree_figure  # noqa: F401
    from pages.common.samples import ready_made_cards  # noqa: F401
    from pages.overview import (  # noqa: F401
        first_visit,
        overview_checks,
        overview_footprint,
    )


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Load new releases while the app runs; close the catalogue when it stops."""
    loop = asyncio.get_running_loop()
    send_without_delay(loop)
    # Downloads from pages wait in threads of the loop, which has a few by default.
    loop.set_default_executor(ThreadPoolExecutor(_THREADS))
    task = asyncio.create_task(database.keep_loading(home()))
    preparing = asyncio.create_task(asyncio.to_thread(prepare))  # answers meanwhile
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    survey_pictures.close()
    database.close(home())
    await preparing
    from pages.label import learn_job  # slow, and imported by now

    learn_job.close()


app = st.App(
    "pages/common/frame/shell.py",
    routes=[
        Route(serving.base_path() + one.ROUTE, one.respond)
        for one in (
            thumbnails,
            picture_route,
            subset_route,
            report_route,
            cells_route,
            drawn_data,
            declared,
        )
    ]
    + [
        Route(serving.base_path() + one.ROUTE, one.respond, methods=[*one.METHODS])
        for one in (answers_route, places)
    ],
    middleware=[
        Middleware(SameSite),
        Middleware(FirstStyle),
        Middleware(KnownPaths, PATHS),
        Middleware(subset_route.Unpacked),
        Middleware(ChangesOnly),
    ],
    lifespan=lifespan,
    on_script_error=problems.explain,
)
