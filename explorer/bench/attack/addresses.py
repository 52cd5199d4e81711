"""Query strings that no link of the app has."""

from __future__ import annotations

import random
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from explorer.datasets import DATASETS
from explorer.runs.checkpoints import checkpoint_names
from explorer.session import Setting

_LONGEST = 50_000  # letters of a very long value
_PLAUSIBLE = (
    "0,1.5,-2;0,nan,inf;1,2",
    "class:3,level:2",
    "dataset=digits;epochs=-1;latent_dim=1e9;widths=[1000000000]",
    "dataset=mnist;family=vae;likelihood_scale=0;options.free_bits=-1",
    "0a0b0c0d.zzzz",
    "points,prior,density",
)


def address(chance: random.Random, texts: Sequence[str]) -> str:
    """A query string made at random: settings of the app and others, with values of any kind."""
    if chance.random() < 0.1:
        return chance.choice(("&" * 1000, "=" * 1000, "?" * 10, "%", "%zz&%00=%", "a" * _LONGEST))
    names = [one.value for one in Setting]
    pairs = []
    for _ in range(chance.choice((1, 2, 4, 8, len(names)))):
        name = chance.choice((*names, *names, *names, *texts))
        pairs.append((name, _value(chance, texts)))
    query = urlencode(pairs, errors="surrogatepass")
    return query + chance.choice(("", "", "&embed=true", "&" + quote(chance.choice(texts))))


def _value(chance: random.Random, texts: Sequence[str]) -> str:
    match chance.randrange(7):
        case 0:
            return chance.choice(_PLAUSIBLE)
        case 1:
            return chance.choice((*DATASETS, *checkpoint_names()))
        case 2:
            return str(chance.choice((0, 1, -1, 0.5, 3, 10**6, -1e300, "1e400", "NaN")))
        case 3:
            return "".join(chr(chance.randrange(1, 0xD800)) for _ in range(chance.randrange(50)))
        case 4:
            return chance.choice((";", ",", ":", "=", ".", "[", "{")) * chance.choice((1, 5000))
    return chance.choice(texts)
