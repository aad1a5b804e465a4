"""A question's answers as one bar, part by part, and how sure each border is."""

from scipy.special import betaincinv

from morph.catalogue.one_galaxy import INTERVAL_MASS, QuestionPosterior


def borders(posterior: QuestionPosterior) -> tuple[tuple[float, float], ...]:
    """The 90% interval of each border between two parts, from left to right.

    The first K parts of a Dirichlet sum to a Beta, so every border has an interval of
    its own: the first that of the first answer, the last that of the last one,
    mirrored. Of several passes it is that of the mean concentrations. Empty where the
    release has no posterior.
    """
    fractions = [answer.probability for answer in posterior.answers]
    total = posterior.total
    if total is None or None in fractions:
        return ()
    tail, found, before = (1 - INTERVAL_MASS) / 2, [], 0.0
    for fraction in fractions[:-1]:
        before += fraction
        a, b = total * before, total * (1 - before)
        found.append((float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))))
    return tuple(found)
