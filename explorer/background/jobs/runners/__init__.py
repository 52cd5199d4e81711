"""Where training runs: on this machine, or on a Dask cluster that somebody has set up."""
