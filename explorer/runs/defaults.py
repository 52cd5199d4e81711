"""A run that suits a data set."""

from explorer.datasets import DATASETS, HeldOut, Source
from explorer.specs import RunSpec


def default_run(dataset: HeldOut | Source) -> RunSpec:
    """A run with sensible defaults for a data set, loaded or not."""
    shape = {"image_shape": dataset.image_shape, "classes": len(dataset.classes)}
    suited = DATASETS[dataset.name].defaults if dataset.name in DATASETS else {}
    return RunSpec(dataset=dataset.name).replace({**shape, **suited})


def check_fits(run: RunSpec, dataset: HeldOut | Source) -> None:
    """Check that a run is for this data set, so that its checkpoint does not name another one.

    Raises:
        ValueError: it is not; the message names the wrong field.
    """
    for field, given, fits in (
        ("dataset", run.dataset, dataset.name),
        ("image_shape", run.model.image_shape, dataset.image_shape),
        ("classes", run.model.classes, len(dataset.classes)),
    ):
        if given != fits:
            raise ValueError(f"{field}: {given} does not fit {dataset.name}, which has {fits}")
