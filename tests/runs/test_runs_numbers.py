"""Numbers stored with a checkpoint, and those that have been defined anew since."""

from __future__ import annotations

from dataclasses import asdict

from explorer.analysis.holes.verdict import HoleThresholds
from explorer.runs.checkpoints import read_spec
from explorer.runs.numbers import FILE, Origin, keep_numbers, stored_numbers
from explorer.specs import Measured

ORIGIN = Origin(images="", classifiers=(), thresholds=asdict(HoleThresholds()), software={})


def test_a_number_in_another_unit_was_defined_differently_and_is_measured_again(saved):
    spec = read_spec(saved)
    old = Measured(value=31.4, error=0.7, unit="% of draws from the prior")
    new = Measured(value=23.2, error=0.7, unit="% of draws")
    keep_numbers(saved / FILE, spec, ORIGIN, {"prior_hole_mass": old, "hole_mass": new})
    found = stored_numbers(saved, spec)
    assert "prior_hole_mass" not in found
    assert found["hole_mass"] == new
    keep_numbers(saved / FILE, spec, ORIGIN, {"prior_hole_mass": new, "of-a-plugin": old})
    found = stored_numbers(saved, spec)
    assert found["prior_hole_mass"] == new
    assert found["of-a-plugin"] == old
