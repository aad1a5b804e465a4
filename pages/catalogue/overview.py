"""What is in the catalogue."""

import streamlit as st

st.title("Overview")
