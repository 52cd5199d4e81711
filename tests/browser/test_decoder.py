"""The decoder in the browser draws what Python decodes for the same place."""

import base64

import numpy as np
import pytest

from explorer.analysis.geometry import Plane, directions, metric, tangent_images
from explorer.components.bundle import bundle
from explorer.components.latent_pad import WEB, PadPlane
from explorer.models import build_model
from explorer.models.latent import decode_means
from explorer.models.likelihoods import LIKELIHOODS
from explorer.models.networks import ACTIVATIONS
from explorer.specs import ModelSpec

PLACES = np.array([[0.0, 0.0], [1.5, -0.7], [-3.0, 2.0], [40.0, -60.0]])
HALF_A_GREY_LEVEL = 0.5 / 255

DECODE = """
async ([source, data, description, surface, places]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const buffer = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer;
  const decoder = new module.DenseDecoder(buffer, description);
  const codes = places.map(([x, y]) => new module.Surface(surface).code(x, y));
  const pictures = codes.map((code) => {
    const canvas = new module.Sheet().draw(decoder, { code });
    const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return [...all];
  });
  const { axes } = new module.Surface(surface);
  const metrics = codes.map((code) => new module.Metric(decoder.tangents(code, axes)));
  const tangents = metrics.map(({ changes }) => changes.map((change) => [...change]));
  const rings = metrics.map((one, k) => {
    const [x, y] = places[k];
    return one.indicatrix({ x, y }, 2, 50);
  });
  const singular = metrics.map((metric) => metric.singular);
  const means = codes.map((code) => [...decoder.means(code)]);
  return { means, pictures, tangents, rings, singular };
}
"""


def in_the_browser(page, decoder, places, surface=None):
    """Means (N, C, H, W) and pictures (N, H, W, 4) as the browser computes them; and tangent images
    (N, 2, C, H, W), singular values (N, 2) and indicatrices (N, 5) of a change by 2."""
    source = bundle(WEB, "streamlit.js") + "\nexport { DenseDecoder, Metric, Sheet, Surface };"
    description = {
        "inputs": decoder.layers[0][0].shape[1],
        "widths": [len(bias) for _, bias in decoder.layers],
        "activation": decoder.activation,
        "link": decoder.link,
        "shape": decoder.image_shape,
    }
    plane = PadPlane("P", np.zeros((0, 2)), np.zeros(0, int), decoder=decoder)
    data = base64.b64encode(plane.decoder_file.content).decode()
    flat = surface and {"center": surface.center.tolist(), "axes": surface.axes.tolist()}
    answer = page.evaluate(DECODE, [source, data, description, flat, places.tolist()])
    channels, height, width = decoder.image_shape
    means = np.array(answer["means"]).reshape(-1, channels, height, width)
    pictures = np.array(answer["pictures"]).reshape(-1, height, width, 4)
    tangents = np.array(answer["tangents"]).reshape(-1, 2, channels, height, width)
    return means, pictures, tangents, np.array(answer["singular"]), np.array(answer["rings"])


def assert_metric_agrees(model, codes, axes, tangents, singular, rings):
    wanted = tangent_images(model, codes, axes)
    here = metric(model, codes, axes)
    largest = np.abs(wanted).max()
    assert largest > 0.01
    np.testing.assert_allclose(tangents, wanted, atol=1e-4 * largest)
    scale = here.singular_values.max()
    np.testing.assert_allclose(singular, here.singular_values, atol=1e-4 * scale)
    radii, angles = here.indicatrices(2)
    shown = singular[:, 1] > 0.05 * singular[:, 0]  # so far from a line that rounding tells little
    assert shown.any()
    np.testing.assert_allclose(rings[shown, 2:4], radii.clip(max=50)[shown], rtol=0.02)
    apart = singular[:, 1] < 0.9 * singular[:, 0]  # of a circle any angle is right
    turned = np.abs(np.sin(rings[:, 4] - angles))
    assert (turned[apart] < 1e-2).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_same_numbers(browser, likelihood, activation):
    spec = ModelSpec(
        image_shape=(1, 8, 8), widths=(32, 16), likelihood=likelihood, activation=activation
    )
    model = build_model(spec, seed=1)
    for parameter in model.parameters():
        parameter.data *= 3  # far from the grey that fresh weights give
    page = browser.new_page()
    view = model.view()
    means, pictures, *bent = in_the_browser(page, view.dense_decoder(), PLACES)
    wanted = decode_means(view, PLACES)
    assert np.ptp(wanted) > 0.2
    np.testing.assert_allclose(means, wanted, atol=HALF_A_GREY_LEVEL)
    np.testing.assert_allclose(pictures[..., 0], 255 * wanted[:, 0], atol=1)
    assert_metric_agrees(view, PLACES, np.eye(2), *bent)
    page.close()


def test_a_plane_through_many_dimensions_and_colours(browser):
    spec = ModelSpec(image_shape=(3, 7, 10), widths=(16,), latent_dim=5, link="identity")
    view = build_model(spec, seed=2).view()
    plane = Plane.of(np.random.default_rng(0).normal(1.0, 2.0, (50, 5)))
    page = browser.new_page()
    means, pictures, *bent = in_the_browser(page, view.dense_decoder(), PLACES[:3], plane)
    wanted = decode_means(view, plane.from_plane(PLACES[:3]))
    np.testing.assert_allclose(means, wanted, atol=HALF_A_GREY_LEVEL)
    shown = 255 * np.clip(wanted, 0, 1).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(pictures[..., :3], shown, atol=1)
    assert_metric_agrees(view, plane.from_plane(PLACES[:3]), directions(plane), *bent)
    page.close()


def test_a_convolutional_decoder_is_left_to_the_server():
    spec = ModelSpec(image_shape=(1, 8, 8), network="conv", widths=(4,))
    assert build_model(spec).view().dense_decoder() is None
