"""An example of a galaxy with images in two surveys, to open from a galaxy without."""

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

_KEPT_S = 600  # stores may be added meanwhile


def button(here: Here, shown: str) -> None:
    """A button that opens a spiral with images in two surveys, unless it is ``shown``.

    Of this release if it has one, else of the newest that has.
    """
    mine = here.release.key
    for release in sorted(here.releases, key=lambda one: one.key != mine):
        name = _example(here, release)
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


@st.cache_data(max_entries=50, ttl=_KEPT_S, show_spinner=False, hash_funcs=BY_RELEASE)
def _example(_here: Here, release: LoadedRelease) -> str | None:
    root, manifest = _here.root, release.manifest
    own = [name for name in store_names(root, manifest) if _known(_here, name)]
    if not own:
        return None
    surveys = {_known(_here, name).survey for name in own}
    others = [
        path.name
        for path in sorted((root / "cutouts").glob("[!.]*"))
        if (known := _known(_here, path.name)) is not None
        and known.survey not in surveys
        and (known.origin in SIMULATED) == (manifest.origin in SIMULATED)
    ]
    names = two_surveys.all_names(_here.con, release)
    both = _in_any(_here, own, names) & _in_any(_here, others, names)
    scales = [_known(_here, name) for name in own]
    fields = [one.size * one.pixscale_arcsec for one in scales if one.pixscale_arcsec]
    if not both or not fields:
        return None
    return two_surveys.example(_here.con, release, both, field_arcsec=min(fields))


def _known(here: Here, name: str) -> StoreManifest | None:
    try:
        return read_store_manifest(cutouts_folder(here.root, name))
    except MorphError:  # it is not finished
        return None


def _in_any(here: Here, stores: list[str], names: list[str]) -> set[str]:
    folders = (cutouts_folder(here.root, one) for one in stores)
    return set().union(*(store.names_with_cutout(one, names) for one in folders))
