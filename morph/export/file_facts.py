"""The metadata of a file of galaxies: release, selection, subsets, order of rows."""

import json
from collections.abc import Sequence
from typing import Any

from morph.catalogue.release_table import LoadedRelease
from morph.release.kinds import kind_of
from morph.selection.conditions import describe
from morph.selection.listing.order import Order
from morph.selection.recipe_json import to_json
from morph.selection.selection import Selection
from morph.selection.url import digest, to_query_string
from morph.subsets.saved import Subset

_MISSING = "NaN in FITS and VOTable, null in Parquet, an empty cell in CSV"


def of_subsets(subsets: Sequence[Subset]) -> str:
    """Metadata of subsets as JSON; "" where there are none."""
    each = {one.subset_id: one for one in subsets}.values()
    described = [
        {
            "subset_id": one.subset_id,
            "name": one.name,
            "note": one.note,
            "release": one.release_id,
            "galaxies": one.galaxies,
            "digest": one.digest,
            "recipe": one.recipe,
        }
        for one in each
    ]
    return json.dumps(described, ensure_ascii=False) if described else ""


def of_rows(
    release: LoadedRelease, selection: Selection, rows: int, *, by_name: bool = False
) -> dict[str, str]:
    """The metadata of a file."""
    manifest = release.manifest
    chosen = f"; {rows:,} of these were chosen individually" if by_name else ""
    values: dict[str, Any] = {
        "release": release.release_id,
        "title": manifest.title,
        "provenance": kind_of(manifest).images,
        "survey": manifest.survey,
        "note": manifest.note,
        "citation": manifest.citation,
        "licence": manifest.licence,
        "tree": manifest.tree,
        "posterior": manifest.posterior,
        "prior": (manifest.details.prior or {}).get("name", ""),
        "model": manifest.model or "",
        "parent_run": manifest.parent_run or "",
        "not_learnt": ", ".join(manifest.not_learnt),
        "release_created": manifest.created,
        "release_manifest_sha256": release.manifest_sha256,
        "release_galaxies": release.galaxies,
        "rows": rows,
        "selection": f"{describe(selection, release)}{chosen}",
        "selection_query": to_query_string(selection),
        "selection_recipe": json.dumps(to_json(selection), ensure_ascii=False),
        "selection_digest": digest(selection),
        "missing_values": _MISSING,
        "written_by": "morph",
    }
    return {name: str(value) for name, value in values.items()}


def order_words(release: LoadedRelease, order: Order | None) -> str:
    """The order of the rows, for the metadata."""
    if order is None:
        return "by position on the sky (_healpix_29), then name"
    if order.by.of in ("name", "random"):
        return order.words(release)
    return f"{order.words(release)}, then name; galaxies without this value last"
