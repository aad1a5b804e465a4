"""For comparison: a Streamlit page with all galaxies in one plot.

``streamlit run tests/benchmarks/plotly_page.py -- TABLE.parquet``.
"""

import sys

import pandas as pd
import plotly.graph_objects as go
import streamlit as st


@st.cache_data
def table(path: str) -> pd.DataFrame:
    return pd.read_parquet(path)


places = table(sys.argv[1])
low = st.slider("Lowest", 0.0, 1.0, 0.0, key="low")
shown = places[places["share"] >= low]
st.markdown(f"**{len(shown):,}** of {len(places):,} galaxies")
chosen = st.plotly_chart(
    go.Figure(
        go.Scattergl(x=shown["umap_x"], y=shown["umap_y"], mode="markers"),
        layout={"dragmode": "lasso", "height": 560},
    ),
    on_select="rerun",
    selection_mode="lasso",
    key="points",
)
st.markdown(f"{len(chosen.selection.point_indices):,} in the lasso")
st.button("Again", key="again")
