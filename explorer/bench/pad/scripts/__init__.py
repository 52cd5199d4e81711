"""Pages that only the benchmark opens: the same cloud of codes, shown in two ways.

Each runs under ``streamlit run``; ``?count=70000`` sets the number of codes in the cloud.
"""
