"""Where training runs: on this machine, or on an existing Dask cluster."""
