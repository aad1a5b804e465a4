"""A spiral to show in two surveys, as figure 1 of Ye et al. 2025 does."""

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.trees.decision_tree import DecisionTree, Question

CERTAIN = 0.8  # least probability of spiral arms of a good example
_FITS = 8.0  # half-light radii across the field, of which arms reach some four


def spiral_answer(tree: DecisionTree) -> str | None:
    """The answer that there are spiral arms; None in a tree that does not ask."""
    arms, winding = (tree.sentence.get(part) for part in ("arms", "winding"))
    if arms is None:
        return None
    labels = tree.question(arms).labels
    leading = tree.question(winding).asked_after if winding else ()
    return next((label for label in labels if label in leading), labels[0])


def shown_questions(tree: DecisionTree) -> tuple[tuple[Question, tuple[str, ...]], ...]:
    """Questions of the figure, each with its answers there: spiral arms, and the bar.

    Of the first only that there are arms. In a tree without spiral arms it is the
    question that pages show first.
    """
    spiral = spiral_answer(tree)
    features = tree.sentence.get("features", ())[:1]
    first = () if spiral is None else ((tree.question_of(spiral), (spiral,)),)
    bar = tuple((tree.question(n), tree.question(n).labels) for n in features)
    usual = tree.question_of(tree.first_answer)
    return (*first, *bar) or ((usual, usual.labels),)


def example(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    names: Iterable[str],
    *,
    field_arcsec: float,
) -> str | None:
    """A large spiral among the galaxies ``names`` of a release; None without any.

    Of the galaxies that have spiral arms with a probability (of reaching the question,
    times the expected fraction) of at least `CERTAIN`, it is the one with the largest
    half-light radius of those that fit into the field; without radii, or if none is so
    certain, the one with the highest probability.

    Parameters
    ----------
    names
        iaunames, such as of those that have images in both surveys.
    field_arcsec
        Width of the images.
    """
    label = spiral_answer(release.tree)
    if label is None:
        return None
    question = release.tree.question_of(label)
    radius = "radius_arcsec" if "radius_arcsec" in release.physical else "NULL"
    sql = f"""
        WITH spirals AS (
            SELECT iauname, {radius}::DOUBLE AS radius,
                "{question.name}_asked" * "{label}_probability" AS probability
            FROM {release.table}
            WHERE iauname IN (SELECT unnest($names::VARCHAR[]))
        )
        SELECT iauname FROM spirals WHERE probability IS NOT NULL
        ORDER BY
            CASE WHEN probability >= $certain AND radius <= $largest
                THEN radius END DESC NULLS LAST,
            probability DESC, iauname
        LIMIT 1
    """
    values = {
        "names": list(names),
        "certain": CERTAIN,
        "largest": field_arcsec / _FITS,
    }
    found = query(con, release, sql, values).fetchone()
    return None if found is None else found[0]
