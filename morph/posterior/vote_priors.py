"""Priors of vote fractions, with which vote counts give posteriors.

The Dirichlet is the conjugate prior of multinomial counts: counts k with the prior
Dirichlet(a, ..., a) give Dirichlet(k + a) (Gelman et al. 2013, *Bayesian Data
Analysis*, section 3.4; `morph.posterior.vote_fractions`). Volunteers are taken as
independent draws.
"""

from dataclasses import asdict, dataclass
from typing import Any

from morph.errors import MorphError


@dataclass(frozen=True)
class Prior:
    """A symmetric Dirichlet prior of the vote fractions of every question."""

    name: str  # on the command line and in releases
    per_answer: float  # concentration of each answer before any vote
    source: str

    @property
    def words(self) -> str:
        """The prior in a few words."""
        return f"{self.name}, {self.per_answer:g} per answer"

    def to_json(self) -> dict[str, Any]:
        """As the details of a release hold it."""
        return asdict(self)


# The models' smallest concentrations are 1 too (`morph.posterior.dirichlet`): without
# votes, and without a prediction, every set of vote fractions is equally probable.
PRIORS = {
    prior.name: prior
    for prior in (
        Prior(
            "uniform",
            1.0,
            "Bayes–Laplace; also the smallest concentration that models of Walmsley "
            "et al. 2023 and Ye et al. 2025 can predict",
        ),
        Prior("jeffreys", 0.5, "Jeffreys 1946, Proc. R. Soc. Lond. A 186, 453"),
    )
}
DEFAULT_PRIOR = "uniform"


def prior_called(name: str) -> Prior:
    """The prior of that name; MorphError where there is none."""
    if name not in PRIORS:
        raise MorphError(f"prior is {name!r}; expected one of: {', '.join(PRIORS)}")
    return PRIORS[name]
