"""Three models at once on Compare."""

from __future__ import annotations

from explorer.pages.common.trio import PRESETS
from explorer.runs.checkpoints import GALLERY
from tests.pages.conftest import Open


def test_all_presets_are_in_the_gallery() -> None:
    for names in PRESETS.values():
        assert all((GALLERY / name).is_dir() for name in names), names


def test_a_preset_chooses_three_models(open_page: Open) -> None:
    page = open_page("Compare").assert_well()
    for title, names in PRESETS.items():
        (button,) = (one for one in page.at.button if one.label == title)
        button.click()
        page.run()
        page.assert_well()
        shown = [film["frames"][0]["title"] for film in page.pads()[0]["films"]]
        assert shown == list(names)
