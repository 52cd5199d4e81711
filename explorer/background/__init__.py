"""Work in other processes: training jobs, live training, and starting and ending processes."""
