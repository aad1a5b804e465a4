"""What a comparison of two releases means, by what each of them is."""

from collections.abc import Sequence

from morph.catalogue.release_table import LoadedRelease
from morph.release.kinds import kind_of


def direction(reference: LoadedRelease, release: LoadedRelease) -> str:
    """From which release to which, with the word of each one's kind."""
    before, after = (
        f"**{one.release_id}** ({kind_of(one.manifest).word}, "
        f"survey {one.manifest.survey})"
        for one in (reference, release)
    )
    return f"Changes are from {before} to {after}."


def of_other_trees(others: Sequence[LoadedRelease], release: LoadedRelease) -> str:
    """Why releases of other decision trees are not offered; empty without any."""
    if not others:
        return ""
    named = ", ".join(f"{one.release_id} ({one.tree.title})" for one in others)
    return (
        f"Not compared: {named}. Their questions are not those of "
        f"{release.tree.title}, the decision tree of {release.release_id}."
    )


def of_agreement(reference: LoadedRelease, release: LoadedRelease) -> str:
    """What agreement of the two says, and what it does not."""
    both = (reference, release)
    votes = [one for one in both if kind_of(one.manifest).is_votes]
    sentences = []
    if len(votes) == 2:
        sentences.append(
            "Both releases contain vote counts: they differ because of sampling noise "
            "and because volunteers saw different images."
        )
    elif votes:
        (other,) = (one for one in both if one is not votes[0])
        sentences.append(
            f"{votes[0].release_id} contains vote counts, so agreement compares "
            f"{other.release_id} with volunteers; it is reduced by the sampling noise "
            "of the votes, and optimistic if a model was trained on them."
        )
    else:
        sentences.append("Agreement is not accuracy: both releases may be wrong.")
    modified = [one for one in both if kind_of(one.manifest).images == "modified"]
    if modified:
        names = " and ".join(one.release_id for one in modified)
        sentences.append(
            f"The images of {names} were modified before they were classified: a "
            "change may be due to the modification, not to an error."
        )
    return " ".join(sentences)


def without_reliability(releases: Sequence[LoadedRelease]) -> str:
    """Why there is no reliability of any of the releases."""
    voted = [one.release_id for one in releases if one.has_votes]
    if voted:  # and none of the releases has predictions
        return (
            f"The fractions in {' and '.join(voted)} were computed from votes, so "
            "there is no prediction to compare with votes."
        )
    return (
        "No release here has volunteers’ votes for these galaxies, so reliability "
        "cannot be measured."
    )
