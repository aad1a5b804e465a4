"""One galaxy."""

import streamlit as st

st.title("Galaxy")
