"""The pictures drawn by the browser's decoder match those that Python decodes. The decoder's
outputs are compared without a browser in ``tests/web/decoder.test.js``."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page

from explorer.analysis.geometry import Plane
from explorer.components.bundle import bundle
from explorer.components.latent_pad import WEB, Film, PadPlane
from explorer.components.latent_pad.describe import atlas_at_once, describe_film
from explorer.models import build_model
from explorer.models.latent import decode_means
from explorer.specs import ModelSpec

pytestmark = pytest.mark.slow

PLACES = np.array([[0.0, 0.0], [1.5, -0.7], [-3.0, 2.0]])

DRAW = """
async ([source, file, { decoder: description, surface: described }, places]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const buffer = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)).buffer;
  const decoder = new module.DenseDecoder(buffer, description);
  const surface = new module.Surface(described);
  const sheet = new module.Sheet();
  return places.map(([x, y]) => {
    const canvas = sheet.draw(decoder, { x, y, code: surface.code(x, y) });
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
  });
}
"""


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize(
    "fields",
    [
        {"image_shape": (1, 8, 8), "widths": (32, 16), "likelihood": "continuous-bernoulli"},
        {"image_shape": (3, 7, 10), "widths": (16,), "latent_dim": 5, "link": "identity"},
    ],
    ids=["grey", "colours, beyond black and white, through five dimensions"],
)
def test_a_sheet_shows_what_python_decodes(page: Page, fields: dict[str, Any], bits: int) -> None:
    model = build_model(ModelSpec(**fields), seed=1)
    for parameter in model.parameters():
        parameter.data *= 3  # far from the grey that initial weights give
        if bits == 16:
            parameter.data = parameter.data.half().float()
    view = model.eval().view()
    surface = Plane.of(np.random.default_rng(0).normal(1.0, 2.0, (50, view.dim)))
    nothing = np.zeros((0, view.dim)), np.zeros(0, int)
    plane = PadPlane("P", *nothing, surface=surface, decoder=view.dense_decoder())
    assert plane.decoder_file
    assert plane.decoder_bits == bits
    (described,) = describe_film(Film([plane], "", [""]), 0, None, "here", atlas_at_once)["frames"]
    source = bundle(WEB, "streamlit.js") + "\nexport { DenseDecoder, Sheet, Surface };"
    file = b64encode(plane.decoder_file.content).decode()
    drawn = page.evaluate(DRAW, [source, file, described, PLACES.tolist()])
    wanted = np.clip(decode_means(view, plane.latent(PLACES)), 0, 1).transpose(0, 2, 3, 1)
    assert np.ptp(wanted) > 0.2
    pictures = np.array(drawn).reshape(*wanted.shape[:3], 4)
    np.testing.assert_allclose(
        pictures[..., :3], 255 * np.broadcast_to(wanted, (*wanted.shape[:3], 3)), atol=1
    )
    assert (pictures[..., 3] == 255).all()
