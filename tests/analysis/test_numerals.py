"""Numbers as people read them."""

from __future__ import annotations

from explorer.analysis.measures import MEASURES
from explorer.analysis.numerals import numeral
from explorer.specs import Measured


def test_a_negative_number_has_a_minus_sign() -> None:
    assert numeral(-1.25) == "−1.25"
    assert numeral(3, ".0f") == "3"
    assert numeral(-1e-9, ".2g") == "−1e−09"


def test_measures_have_it_too() -> None:
    measure = MEASURES["reconstruction"]
    assert measure.format(Measured(value=-2.0, unit="")) == "−2.00"
    found = Measured(value=-2.0, error=0.02, unit="")
    assert measure.format(found, with_error=True) == "−2.00 ± 0.02"
