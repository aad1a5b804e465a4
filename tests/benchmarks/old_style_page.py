"""For comparison: the way of the first galaxy explorers, everything in one script.

``streamlit run old_style_page.py -- TABLE.parquet``: sliders, pandas masks, a count and
a grid of images from the folder static/; all of it is done again at every change.
"""

import sys

import pandas as pd
import streamlit as st

FEATURED = ("smooth-or-featured", "featured-or-disk")
PARENTS = {  # answers that must be the most probable ones
    "bar": [FEATURED, ("disk-edge-on", "no")],
    "how-rounded": [("smooth-or-featured", "smooth")],
}


@st.cache_data
def load(path):
    return pd.read_parquet(path)


st.set_page_config(layout="wide")
galaxies = load(sys.argv[1])
found, steps, last = pd.Series(True, index=galaxies.index), [], None
for label in galaxies.columns.drop(["iauname", "picture"]):
    question, answer = label.rsplit("_", 1)
    start = (float(st.query_params.get(label, 0)), 1.0)
    low, high = st.sidebar.slider(label, 0.0, 1.0, start, key=label)
    if (low, high) == (0.0, 1.0):
        continue
    for parent, wanted in PARENTS.get(question, []):
        answers = [name for name in galaxies if name.startswith(f"{parent}_")]
        most_probable = galaxies[answers].to_numpy().argmax(axis=1)
        found &= most_probable == answers.index(f"{parent}_{wanted}")
        steps.append(f"{wanted}: {found.sum():,}")
    found &= (galaxies[label] >= low) & (galaxies[label] <= high)
    steps.append(f"{label}: {found.sum():,}")
    last = label

st.write(f"**{found.sum():,}** of {len(galaxies):,} galaxies")
st.write("Left after each step: " + "; ".join(steps))
shown = galaxies[found]
if last:
    shown = shown.sort_values(last, ascending=False)
tiles = [
    f'<img src="app/static/{row.picture}" alt="{row.iauname}" width="132">'
    if row.picture
    else f"<span>{row.iauname}</span>"
    for row in shown.head(48).itertuples()
]
st.markdown(f'<div class="old">{" ".join(tiles)}</div>', unsafe_allow_html=True)
