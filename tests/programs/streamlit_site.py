"""A Streamlit application: `st.login`, `st.user`, `st.logout`."""

import streamlit as st

if not st.user.is_logged_in:
    st.button("Log in", on_click=st.login)
    st.stop()

for claim in ("preferred_username", "name", "email", "sub", "groups"):
    st.text(f"{claim}: {st.user.get(claim)}")
st.button("Log out", on_click=st.logout)
