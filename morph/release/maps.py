"""The maps of a release: planes on which galaxies with similar features are close.

A release may have several, of several encoders or settings. The first has the columns
umap_x, umap_y and trust, in ``projection.parquet``. A further map NAME has NAME_x,
NAME_y and NAME_trust, in ``projection_NAME.parquet``, and ``features_NAME.parquet`` if
its features are not those of the first. `Details.maps` records how it was made.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from morph.release.details import FIRST_MAP
from morph.release.manifest import Manifest

if TYPE_CHECKING:
    from morph.geometry.regions import Plane

FEATURES = "features.parquet"


@dataclass(frozen=True)
class ReleaseMap:
    """A map of a release: how it is called, and how it was made."""

    release_id: str
    name: str
    words: str
    # Of UMAP (without it, if it has no epochs), or how else the map was made.
    settings: Mapping[str, Any] | str | None
    model: str | None  # whose features it shows
    features: str | None  # the file of these features, if the release has them

    @property
    def columns(self) -> tuple[str, str, str]:
        """Its coordinates and trust."""
        return map_columns(self.name)

    @property
    def trust(self) -> str:
        """The column with the fraction of nearest neighbours preserved."""
        return self.columns[2]

    @property
    def axes(self) -> tuple[str, str]:
        """Titles of its coordinates."""
        title = "Component" if is_linear(self.settings) else "UMAP"
        return f"{title} 1", f"{title} 2"

    @property
    def plane(self) -> "Plane":
        """The plane of the regions drawn on it; that of the first map has no name."""
        from morph.geometry.regions import Plane  # numpy, which `look` does without

        named = () if self.name == FIRST_MAP else (self.name,)
        return Plane("map", (self.release_id, *named))

    @property
    def meanings(self) -> dict[str, tuple[str, str]]:
        """Unit and meaning of its columns."""
        which = "the feature map" + f" {self.name}" * (self.name != FIRST_MAP)
        texts = (
            f"first coordinate on {which}",
            f"second coordinate on {which}",
            f"fraction of the nearest neighbours in feature space preserved on {which}",
        )
        return {n: ("", text) for n, text in zip(self.columns, texts, strict=True)}


def is_linear(settings: Mapping[str, Any] | str | None) -> bool:
    """Whether a map shows two principal components, not a UMAP of them."""
    return isinstance(settings, Mapping) and settings.get("epochs") == 0


def maps_of(manifest: Manifest) -> tuple[ReleaseMap, ...]:
    """All maps of a release, the first one first; none without a projection."""
    files, details = manifest.files, manifest.details
    linear = is_linear(details.projection)
    made = "first two principal components" if linear else "UMAP"
    first = {
        "words": f"{made} of the image features",
        "projection": details.projection,
        "features": {"model": manifest.model} | dict(details.features or {}),
    }
    return tuple(
        ReleaseMap(
            manifest.release_id,
            name,
            record["words"],
            settings=record["projection"],
            model=record["features"].get("model"),
            features=_features(name, files),
        )
        for name, record in ({FIRST_MAP: first} | dict(details.maps)).items()
        if map_file(name) in files
    )


def _features(name: str, files: Collection[str]) -> str | None:
    """The file of a map's features: its own, or else that of the first map."""
    if name != FIRST_MAP and features_file(name) in files:
        return features_file(name)
    return FEATURES if FEATURES in files else None


def map_columns(name: str) -> tuple[str, str, str]:
    """The columns of a map: its coordinates and trust."""
    trust = "trust" if name == FIRST_MAP else f"{name}_trust"
    return f"{name}_x", f"{name}_y", trust


def map_file(name: str) -> str:
    """The file of a map in the folder of its release."""
    return "projection.parquet" if name == FIRST_MAP else f"projection_{name}.parquet"


def features_file(name: str) -> str:
    """The file of the features of a further map, where they are its own."""
    return f"features_{name}.parquet"
