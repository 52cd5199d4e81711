"""A worker of a benchmark: trains its share of the runs on the CPU, with OMP_NUM_THREADS threads.

It reads the specs as one line of JSON, loads the images and reports that it is ready; then, for
each line that it gets, it trains every run for one epoch and reports when that is done.
"""

import json
import os
import sys

import torch


def main() -> None:
    """Run the worker."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    # Set after the number of threads and before the first computation.
    torch.set_flush_denormal(True)
    from explorer.datasets import load_dataset
    from explorer.specs import RunSpec
    from explorer.training.loop import Trainer

    runs = [RunSpec.model_validate(run) for run in json.loads(sys.stdin.readline())]
    dataset = load_dataset(runs[0].dataset)
    trainers = [iter(Trainer(run, dataset, torch.device("cpu"))) for run in runs]
    print("ready", flush=True)
    for _ in sys.stdin:
        for trainer in trainers:
            next(trainer)
        print("done", flush=True)


if __name__ == "__main__":
    main()
