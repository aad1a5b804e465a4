"""What Overview shows of a whole release, computed in advance and kept with it."""

import logging

import duckdb
from duckdb import DuckDBPyConnection

from morph.analysis.footprint import footprint
from morph.analysis.import_checks import import_checks
from morph.catalogue.release_results import are_kept
from morph.catalogue.release_table import LoadedRelease
from morph.selection.histograms import expected_counts, of_release
from morph.selection.ready_made import carried, counted_once, drawn_once, samples_of
from morph.selection.selection import Selection
from morph.selection.slider_axes import shown_at_first
from morph.wording import Tell, nobody

_log = logging.getLogger(__name__)


def prepare(
    con: DuckDBPyConnection, release: LoadedRelease, tell: Tell = nobody
) -> None:
    """Compute the results that the first visit of Overview would wait for.

    Of a small release none are kept, as it is quick to compute them.
    A failure is only logged: the release is loaded, and Overview computes them then.
    """
    if not are_kept(release):
        return
    everything = Selection(tree=release.tree)
    featured = [sample for sample in samples_of(release.tree) if sample.featured]
    samples = list(carried(release, featured).values())
    work = (
        lambda: expected_counts(con, release),
        lambda: import_checks(con, release),
        lambda: footprint(con, release, everything),
        lambda: of_release(con, release, shown_at_first(release)),
        lambda: drawn_once(con, release, everything),
        lambda: [counted_once(con, release, one) for one in samples],
        lambda: [drawn_once(con, release, one) for one in samples],
    )
    try:
        for done, compute in enumerate(work):
            tell("Summing up the release", done, len(work))
            compute()
    except (duckdb.Error, MemoryError):
        _log.warning("%s is not summed up", release.release_id, exc_info=True)
    tell("Summing up the release", len(work), len(work))
