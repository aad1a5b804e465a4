"""An example of a galaxy with images in two surveys, to open from a galaxy without."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from morph.analysis import two_surveys
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images import store
from morph.images.new_stores.made_for import store_names
from morph.images.store_manifest import StoreManifest, read_store_manifest
from morph.release.manifest import SIMULATED
from pages.common.address import navigation
from pages.common.here import BY_RELEASE, Here


def button(here: Here, shown: str) -> None:
    """A button that opens a spiral with images in two surveys, unless it is ``shown``.

    Of this release if it has one, else of the newest that has.
    """
    mine = here.release.key
    for release in sorted(here.releases, key=lambda one: one.key != mine):
        name = _example(here, release, _stores(here.root))
        if name is None:
            continue
        if name != shown:
            st.button(
                "Open an example",
                icon=":material/open_in_new:",
                type="tertiary",
                key="open_pair",
                on_click=navigation.to_galaxy,
                args=(name,),
                kwargs={"release_id": release.release_id},
                help=f"A large spiral of {release.release_id} with images in two "
                "surveys",
            )
        return


def _stores(root: Path) -> tuple[str, ...]:
    return tuple(
        sorted(path.parent.name for path in root.glob("cutouts/*/manifest.json"))
    )


# ``stores`` are part of the key: they may be added meanwhile.
@st.cache_data(max_entries=50, show_spinner=False, hash_funcs=BY_RELEASE)
def _example(
    _here: Here, release: LoadedRelease, stores: tuple[str, ...]
) -> str | None:
    root, manifest = _here.root, release.manifest
    known = {name: found for name in stores if (found := _known(root, name))}
    own = [name for name in store_names(root, manifest) if name in known]
    surveys = {known[name].survey for name in own}
    others = [
        name
        for name, one in known.items()
        if one.survey not in surveys
        and (one.origin in SIMULATED) == (manifest.origin in SIMULATED)
    ]
    scales = [(known[name].size, known[name].pixscale_arcsec) for name in own]
    fields = [size * scale for size, scale in scales if scale]
    if not others or not fields:
        return None
    both = _in_any(root, own) & _in_any(root, others)
    return two_surveys.example(_here.con, release, both, field_arcsec=min(fields))


def _known(root: Path, name: str) -> StoreManifest | None:
    try:
        return read_store_manifest(cutouts_folder(root, name))
    except MorphError:
        return None


def _in_any(root: Path, stores: Iterable[str]) -> set[str]:
    folders = (cutouts_folder(root, one) for one in stores)
    return set().union(*(store.names_in(one) for one in folders))
