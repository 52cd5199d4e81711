"""What a model and a training run *are*: validated descriptions, JSON in, spec out.

A spec is complete: with the data set it names, it determines the trained weights (on the same
machine). Forms and command-line options are generated from these fields, so every field carries
its bounds and a one-line explanation.
"""

import json
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.ASCII)
# Names that Windows gives to devices: a folder cannot be called so, whatever its extension.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII)
MAX_NAME = 64
CHECKPOINT_FORMAT: Literal[1] = 1


def check_name(name: str) -> str:
    """Return ``name`` if it can name a checkpoint folder on every platform.

    Lower-case letters, digits and single ``.``, ``_``, ``-`` between them: no such name is a path.

    Raises:
        ValueError: the name holds anything else, is longer than 64 characters or names a device.
    """
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
        shown = ascii(name[:MAX_NAME])
        raise ValueError(
            f"{shown} is no checkpoint name: use up to {MAX_NAME} lower-case letters and digits, "
            "with single '.', '_' or '-' between them"
        )
    return name


def is_name(name: str) -> bool:
    """Whether ``check_name`` accepts it."""
    try:
        check_name(name)
    except ValueError:
        return False
    return True


CheckpointName = Annotated[str, AfterValidator(check_name)]


class Spec(BaseModel):
    """Base of all specs: frozen, no unknown fields, only finite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelSpec(Spec):
    """What a model is: family, likelihood p(x|z), networks and latent dimension."""

    family: str = Field("vae", description="Model family, a name in FAMILIES.")
    image_shape: tuple[
        Annotated[int, Field(ge=1, le=4)],
        Annotated[int, Field(ge=1, le=256)],
        Annotated[int, Field(ge=1, le=256)],
    ] = Field((1, 28, 28), description="Channels, height and width of an image, in pixels.")
    classes: int = Field(10, ge=0, le=1000, description="Classes of the data set; 0 for none.")
    latent_dim: int = Field(2, ge=1, le=512, description="Dimensions of the latent code.")
    likelihood: str = Field("gaussian", description="p(x|z), a name in LIKELIHOODS.")
    likelihood_scale: float = Field(
        1.0,
        ge=1e-3,
        le=1e3,
        description="Pixel standard deviation σ (Gaussian) or scale b (Laplace), in pixel units.",
    )
    link: Literal["sigmoid", "identity"] = Field(
        "sigmoid", description="From network output to pixel mean (Gaussian and Laplace)."
    )
    network: str = Field("mlp", description="Encoder and decoder, a name in NETWORKS.")
    widths: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (512, 256),
        max_length=8,
        description="Hidden units (mlp) or channels per stage (conv), from image to code.",
    )
    activation: Literal["relu", "silu", "tanh"] = Field(
        "relu", description="Nonlinearity between layers."
    )
    options: dict[str, bool | int | float | str] = Field(
        default_factory=dict, description="The family's own options, validated by the family."
    )


LearningRate = Annotated[float, Field(gt=0, le=10)]
KLWeight = Annotated[float, Field(ge=0, le=1e6)]


class Change(Spec):
    """A setting changed while a run goes on; what is None stays as it was."""

    epoch: int = Field(ge=0, description="Finished epochs before the first one it holds in.")
    kl_weight: KLWeight | None = Field(None, description="New weight β of the KL term.")
    learning_rate: LearningRate | None = Field(None, description="New peak of the one-cycle rate.")

    @model_validator(mode="after")
    def _changes_something(self) -> "Change":
        if self.kl_weight is None and self.learning_rate is None:
            raise ValueError("a change needs a kl_weight or a learning_rate")
        return self


class TrainingSpec(Spec):
    """How a model is trained. Time is counted in epochs, losses in nats per image."""

    epochs: int = Field(20, ge=1, le=100_000, description="Passes over the training images.")
    batch_size: int = Field(512, ge=1, le=65_536, description="Images per optimiser step.")
    learning_rate: LearningRate = Field(2e-3, description="Peak of the one-cycle rate.")
    kl_weight: KLWeight = Field(1.0, description="Weight β of the KL term.")
    kl_schedule: Literal["constant", "linear", "cyclical"] = Field(
        "constant",
        description="KL annealing: none, one linear warm-up, or cyclical (Fu et al. 2019).",
    )
    kl_warmup: float = Field(
        0.25, gt=0, le=1, description="Share of the run (or of each cycle) that the ramp takes."
    )
    kl_cycles: int = Field(4, ge=1, le=100, description="Ramps of the cyclical schedule.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of weights, order and noise.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic of the networks; auto asks the processor what pays."
    )
    compiled: Literal["auto", "yes", "no"] = Field(
        "auto", description="Compile the loss; auto does where the run is long enough to pay."
    )
    changes: tuple[Change, ...] = Field(
        (), max_length=5_000, description="Settings changed during the run, as they were made."
    )

    def in_force(self, epoch: int) -> tuple[float, float]:
        """KL weight and learning rate (peaks of their schedules) in the epoch that follows
        ``epoch`` finished ones. Of several changes the one made last counts."""
        kl_weight, learning_rate = self.kl_weight, self.learning_rate
        for change in self.changes:
            if change.epoch <= epoch:
                kl_weight = kl_weight if change.kl_weight is None else change.kl_weight
                learning_rate = (
                    learning_rate if change.learning_rate is None else change.learning_rate
                )
        return kl_weight, learning_rate


class RunSpec(Spec):
    """One training run: a data set, a model and how it is trained."""

    dataset: str = Field("digits", description="Data set, a name in DATASETS.")
    model: ModelSpec = Field(default_factory=ModelSpec)
    training: TrainingSpec = Field(default_factory=TrainingSpec)

    def replace(self, assignments: dict[str, Any]) -> "RunSpec":
        """This spec with fields set by name, validated again.

        Args:
            assignments: field (``epochs``), dotted field (``training.epochs``) or family option
                (``options.penalty``) → new value. Numbers may come as text.

        Raises:
            ValueError: an unknown field or a value out of range; the message names the field.
        """
        values = self.model_dump()
        for key, value in assignments.items():
            _assign(values, key, value)
        try:
            return RunSpec.model_validate(values)
        except ValidationError as error:
            raise ValueError(explain(error)) from None

    def changed(
        self, epoch: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> "RunSpec":
        """This spec with a change that holds after ``epoch`` finished epochs; None stays as it is.

        It takes the place of one made for the same epoch. After the last epoch there is nothing
        left to change, and the spec stays as it is.

        Raises:
            ValueError: a value out of range; the message names the field.
        """
        given = {"kl_weight": kl_weight, "learning_rate": learning_rate}
        given = {field: value for field, value in given.items() if value is not None}
        before = [change.model_dump() for change in self.training.changes]
        merged = before.pop() if before and before[-1]["epoch"] == epoch else {"epoch": epoch}
        try:
            change = Change.model_validate({"epoch": epoch, **given})
        except ValidationError as error:
            raise ValueError(explain(error)) from None
        if epoch >= self.training.epochs:
            return self
        return self.replace({"changes": [*before, merged | change.model_dump(exclude_none=True)]})


class NamedRun(Spec):
    """A run and the checkpoint that it is to become."""

    name: CheckpointName
    run: RunSpec


class Measured(Spec):
    """A measured result: a value with its unit, or the reason why there is none.

    ``error`` is the standard error of a value that was estimated.
    """

    value: float | None
    error: float | None = None
    unit: str
    why: str | None = None


class FileDigest(Spec):
    """What a file must be for its checkpoint to be whole."""

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class CheckpointSpec(Spec):
    """``spec.json``: all there is to know of a checkpoint without opening its tensors."""

    format: Literal[1] = CHECKPOINT_FORMAT
    name: CheckpointName
    run: RunSpec
    storage: Literal["float16", "float32"] = "float32"
    device: str = Field(max_length=200, description="What it was trained on, for people.")
    versions: dict[str, str] = Field(description="Libraries it was trained with.")
    measures: dict[str, Measured] = Field(description="Measured on the test images.")
    files: dict[str, FileDigest] = Field(default_factory=dict)
    digest: str = ""


def _assign(values: dict[str, Any], key: str, value: Any) -> None:
    """Put ``value`` at ``key`` into the nested ``values`` of a RunSpec."""
    part, _, field = key.rpartition(".")
    places = {
        "": [values, values["model"], values["training"]],
        "model": [values["model"]],
        "training": [values["training"]],
        "options": [values["model"]["options"]],
        "model.options": [values["model"]["options"]],
    }.get(part)
    if places is None:
        raise ValueError(f"there is no setting named {key!a}")
    if places[0] is values["model"]["options"]:
        places[0][field] = value
        return
    for place in places:
        if field in place:
            has_parts = isinstance(place[field], dict)
            if has_parts and (place is values or not isinstance(value, dict)):
                raise ValueError(f"{key}: it has parts of its own; set {field}.NAME")
            place[field] = value
            return
    raise ValueError(f"there is no setting named {key!a}")


def explain(error: ValidationError) -> str:
    """One line for a validation error: the first field at fault and what is wrong with it."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{field}: {reason}" if field else reason


def read_value(text: str) -> Any:
    """What a field is set to in words: JSON if it can be read as such, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def read_numbers(field: str, text: str, kind: type[int] | type[float] = float) -> list[Any]:
    """Numbers separated by commas.

    Raises:
        ValueError: they are none; the message names ``field``.
    """
    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise ValueError(f"{field}: {text[:80]!a} are no {what} separated by commas") from None
