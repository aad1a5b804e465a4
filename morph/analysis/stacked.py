"""A question's answers as one bar, part by part, and how sure each border is."""

from morph.analysis.galaxy_posterior import mixture_interval
from morph.analysis.one_galaxy import INTERVAL_MASS, QuestionPosterior


def borders(posterior: QuestionPosterior) -> tuple[tuple[float, float], ...]:
    """The 90% interval of each border between two parts, from left to right.

    The first K parts of a Dirichlet sum to a Beta, so every border has an interval of
    its own: the first that of the first answer, the last that of the last one,
    mirrored. Of several passes it is that of the mixture of them. Empty where the
    release has no posterior.
    """
    if posterior.passes is None:
        return ()
    before = posterior.passes.cumsum(axis=1)
    total = before[:, -1]
    return tuple(
        mixture_interval(a, total - a, INTERVAL_MASS) for a in before[:, :-1].T
    )
