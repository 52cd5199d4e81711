"""Measures: numbers about a model. Adding one is a new file and a line in MEASURES."""

from explorer.analysis.measures import (
    active_units,
    kl,
    knn_accuracy,
    neg_elbo,
    reconstruction,
    squared_error,
)
from explorer.analysis.measures.base import Evaluation, Measure
from explorer.datasets import ImageDataset
from explorer.models import Model
from explorer.specs import Measured

__all__ = ["MEASURES", "Evaluation", "Measure", "evaluate"]

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        reconstruction.MEASURE,
        kl.MEASURE,
        neg_elbo.MEASURE,
        squared_error.MEASURE,
        active_units.MEASURE,
        knn_accuracy.MEASURE,
    )
}


def evaluate(model: Model, dataset: ImageDataset) -> dict[str, Measured]:
    """Every measure of a model on the test images; those not defined for it say why."""
    evaluation = Evaluation(model, dataset)
    results = {}
    for name, measure in MEASURES.items():
        why = measure.undefined(model)
        value = None if why else measure.compute(evaluation)
        results[name] = Measured(value=value, unit=measure.unit, why=why)
    return results
