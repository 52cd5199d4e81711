"""Visitors without a browser: they speak Streamlit's protocol as its own page does.

Import the modules only where a benchmark runs: they load Streamlit.
"""
