"""Releases that show one domain adaptation, from the runs that made them."""

from collections.abc import Sequence
from dataclasses import dataclass

from morph.catalogue.release_table import LoadedRelease


@dataclass(frozen=True)
class AdaptationReleases:
    """One source model: on its own survey, on the target, and adapted to the target."""

    source: LoadedRelease
    direct: LoadedRelease
    adapted: LoadedRelease

    @property
    def panels(self) -> tuple[tuple[str, LoadedRelease], ...]:
        """The three with titles, in the order of Ye et al. 2025, figure 3."""
        return (
            ("Source model, source survey", self.source),
            ("Source model, target survey", self.direct),
            ("Adapted model, target survey", self.adapted),
        )


def adaptation(releases: Sequence[LoadedRelease]) -> AdaptationReleases | None:
    """The newest adaptation with all three releases loaded, if there is one.

    According to the manifests, the adaptation starts from a source model's run, and
    another run applied that model unchanged to the same survey, if possible to the
    same cutouts. ``releases`` are newest first, as from
    `morph.catalogue.release_table.releases`.
    """
    for adapted in releases:
        model = _setting(adapted, "model_run")
        if _setting(adapted, "kind") != "adapt" or model is None:
            continue
        of_model = (r for r in releases if r.manifest.parent_run == model)
        source = next((r for r in of_model if _setting(r, "kind") == "source"), None)
        direct = [r for r in releases if _applies(r, model, adapted)]
        if source is not None and direct:
            same = min(direct, key=lambda r: not _same_cutouts(r, adapted))
            return AdaptationReleases(source, same, adapted)
    return None


def _same_cutouts(one: LoadedRelease, other: LoadedRelease) -> bool:
    return one.manifest.cutouts == other.manifest.cutouts


def _applies(release: LoadedRelease, model: str, adapted: LoadedRelease) -> bool:
    return (
        _setting(release, "kind") == "predict"
        and _setting(release, "model_run") == model
        and release.manifest.survey == adapted.manifest.survey
        and release.manifest.tree == adapted.manifest.tree
    )


def _setting(release: LoadedRelease, name: str) -> str | None:
    return (release.manifest.details.config or {}).get(name)
