"""Work in other processes: training jobs, live training, and what starts and ends them."""
