"""Gradient clipping by norm (Pascanu et al. 2013), relative to what Adam has seen.

One batch with an extreme loss can end a run that was going well. Adam bounds the step that it takes
at once, but its momentum repeats the step ten times over, while its second moment, of a memory of
a thousand steps, slows all steps that follow.
"""

import torch
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

# In healthy runs of the gallery the median norm is 0.7 of the usual one, and 0 to 5 steps of 5,349
# are beyond this, nearly all of them in the second epoch.
CLIP = 5.0


def clip_gradients(optimiser: torch.optim.Adam) -> None:
    """Shorten the gradients of a model, in place, to at most ``CLIP`` times their usual norm.

    The usual norm is the root of the sum of Adam's second moments, corrected for their start at 0:
    a root mean square over the last 1 / (1 − β₂) steps. So the limit needs no tuning to the
    likelihood's scale, and no state but the optimiser's. Before the first step there is none.
    No number is read from a device other than the CPU.
    """
    (group,) = optimiser.param_groups
    parameters = [one for one in group["params"] if one.grad is not None]
    moments = [optimiser.state[one] for one in parameters if optimiser.state.get(one)]
    if not moments:
        return
    norm = get_total_norm([one.grad for one in parameters])
    squares = torch.stack([state["exp_avg_sq"].sum() for state in moments]).sum()
    usual = (squares / (1 - group["betas"][1] ** moments[0]["step"])).sqrt()
    # In a captured step the moments are there before the first step, and all are 0.
    relative = torch.where(usual > 0, norm / usual, 1.0)
    if relative.device.type == "cpu" and relative <= CLIP:
        return  # saves a pass over the gradients where reading a number costs nothing
    # ``clip_grads_with_norm_`` takes no tensor as its limit, so the norm is given in its units.
    clip_grads_with_norm_(parameters, CLIP, relative)
