"""Match the selected galaxies to those of the other release by position."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from morph.analysis.matched_releases import match_releases, same_names
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.export.described_table import DescribedTable
from morph.export.file_formats import FORMATS
from morph.selection.conditions import describe
from morph.sky.cross_match import RATIO
from morph.sky.matched_table import MEANINGS
from pages.common import words
from pages.common.here import HASHES, Here
from pages.common.server.download_queue import queued
from pages.compare import compare_galaxies as comparing

# Six decimals of a degree are 0.004 arcsec: offsets of matches are to be seen.
_FORMATS = {"deg": "%.6f", "arcsec": "%.3f"}
_HELP = {
    name: f"{meaning} ({unit})" if unit else meaning
    for name, (unit, meaning) in MEANINGS.items()
}
_COLUMNS = {
    name: st.column_config.NumberColumn(help=_HELP[name], format=_FORMATS[unit])
    if unit in _FORMATS
    else st.column_config.Column(help=_HELP[name])
    for name, (unit, _) in MEANINGS.items()
}
_FORMS = ("fits", "parquet", "csv")
_SHOWN = 200


@dataclass(frozen=True)
class _Found:
    """A match in words and as a table; ``same`` pairs have one name."""

    sentence: str
    same: int
    table: DescribedTable


def draw(here: Here, other: LoadedRelease) -> None:
    """The match, made once this is opened, and its file."""
    box = st.expander(
        f"Match with {other.release_id} by position",
        # Where no galaxy has the same name, it is all that can be compared.
        expanded=not comparing.in_common(here, other),
        key=f"by_position_{other.release_id}",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        st.caption(
            "The rest of this page compares galaxies of the same name. Here each "
            f"selected galaxy of {here.release.release_id} is matched to the nearest "
            f"one of {other.release_id}. A match is ambiguous if the second nearest "
            f"is at most {RATIO:g} times as far."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            radius = st.number_input(
                "Radius (arcsec)", 0.01, 3600.0, 1.0, key="match_radius", width=160
            )
            every = st.toggle("All pairs within the radius", key="match_all")
        try:
            found = _matched(here, other, radius, every)
        except MorphError as error:
            st.error(f"{words.plain(words.sentence(str(error)))}.")
            return
        _report(found, here.release.release_id, other.release_id)


@st.cache_data(max_entries=8, show_spinner="Matching", hash_funcs=HASHES)
def _matched(here: Here, other: LoadedRelease, radius: float, every: bool) -> _Found:
    matched = match_releases(
        here.con,
        here.release,
        other,
        here.selection,
        radius_arcsec=radius,
        all_pairs=every,
    )
    words_of = describe(here.selection, here.release)
    name = f"{matched.a.title}_{matched.b.title}"
    facts = {"selection": words_of, **matched.facts()}
    table = DescribedTable(name, matched.table(), MEANINGS, facts)
    return _Found(matched.sentence, same_names(matched), table)


def _report(found: _Found, first: str, second: str) -> None:
    rows, pairs = found.table.rows, found.table.rows.num_rows
    sentence = f"{found.sentence}. {found.same:,} pairs have the same name."
    st.markdown(words.plain(sentence))
    if not pairs:
        return
    st.caption(
        f"Columns that end in a are of {first}, those in b of {second}. Offsets are "
        f"b − a: positive if the positions of {second} are farther east or north."
    )
    st.dataframe(
        rows.slice(0, _SHOWN).to_pandas(),
        hide_index=True,
        height=240,
        column_config=_COLUMNS,
        alt=f"The first {min(pairs, _SHOWN)} of {pairs:,} pairs",
    )
    with st.container(horizontal=True):
        with st.popover("Meaning of the columns", icon=":material/help:"):
            st.markdown("\n".join(f"- `{n}`: {words}" for n, words in _HELP.items()))
        for form in _FORMS:
            to = FORMATS[form]
            st.download_button(
                f"Download {pairs:,} rows as {to.title}",
                data=partial(queued, partial(to.write, found.table)),
                file_name=found.table.name + to.suffix,
                mime=to.mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"match_{form}",
            )
