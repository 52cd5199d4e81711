"""Specs: validated descriptions of models and training runs, read from and written to JSON.

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
# Device names reserved by Windows: no folder can have one, with or without an extension.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII)
MAX_NAME = 64
CHECKPOINT_FORMAT: Literal[1] = 1


def check_name(name: str) -> str:
    """Return ``name`` if it is a valid name of a checkpoint folder on every platform.

    A valid name has lower-case letters and digits, with single ``.``, ``_`` or ``-`` between them,
    so it is never a path.

    Raises:
        ValueError: the name has other characters, is longer than 64 or is a device name.
    """
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
        shown = ascii(name[:MAX_NAME])
        raise ValueError(
            f"{shown} is not a checkpoint name: use up to {MAX_NAME} lower-case letters and "
            "digits, with single '.', '_' or '-' between them"
        )
    return name


def is_name(name: str) -> bool:
    """Whether ``check_name`` accepts ``name``."""
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
    """A model: family, likelihood p(x|z), networks and latent dimension."""

    family: str = Field("vae", description="Model family, a name in FAMILIES.")
    image_shape: tuple[
        Annotated[int, Field(ge=1, le=4)],
        Annotated[int, Field(ge=1, le=256)],
        Annotated[int, Field(ge=1, le=256)],
    ] = Field((1, 28, 28), description="Channels, height and width of an image, in pixels.")
    classes: int = Field(10, ge=0, le=1000, description="Number of classes; 0 for none.")
    latent_dim: int = Field(2, ge=1, le=512, description="Dimensions of the latent code.")
    likelihood: str = Field("gaussian", description="p(x|z), a name in LIKELIHOODS.")
    likelihood_scale: float = Field(
        1.0,
        ge=1e-3,
        le=1e3,
        description="Pixel standard deviation σ (Gaussian) or scale b (Laplace), in pixel units.",
    )
    link: Literal["sigmoid", "identity"] = Field(
        "sigmoid", description="Maps network output to pixel mean (Gaussian and Laplace)."
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
    """A change of settings during a run; a setting that is None stays as it was."""

    epoch: int = Field(ge=0, description="Finished epochs after which it takes effect.")
    kl_weight: KLWeight | None = Field(None, description="New weight β of the KL term.")
    learning_rate: LearningRate | None = Field(None, description="New peak of the one-cycle rate.")

    @model_validator(mode="after")
    def _changes_something(self) -> "Change":
        if self.kl_weight is None and self.learning_rate is None:
            raise ValueError("a change needs a kl_weight or a learning_rate")
        return self


class TrainingSpec(Spec):
    """How a model is trained. Time is measured in epochs, losses in nats per image."""

    epochs: int = Field(20, ge=1, le=100_000, description="Passes over the training images.")
    batch_size: int = Field(512, ge=1, le=65_536, description="Images per optimiser step.")
    learning_rate: LearningRate = Field(2e-3, description="Peak of the one-cycle rate.")
    kl_weight: KLWeight = Field(1.0, description="Weight β of the KL term.")
    kl_schedule: Literal["constant", "linear", "cyclical"] = Field(
        "constant",
        description="KL annealing: none, one linear warm-up, or cyclical (Fu et al. 2019).",
    )
    kl_warmup: float = Field(
        0.25, gt=0, le=1, description="Fraction of the run (or of each cycle) that the ramp takes."
    )
    kl_cycles: int = Field(4, ge=1, le=100, description="Number of ramps of the cyclical schedule.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of the weights, image order and noise.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic of the networks; auto uses bfloat16 if the device has it."
    )
    compiled: Literal["auto", "yes", "no"] = Field(
        "auto", description="Compile the loss; auto does so if the run is long enough to gain."
    )
    changes: tuple[Change, ...] = Field(
        (), max_length=5_000, description="Settings changed during the run, in order."
    )

    def in_force(self, epoch: int) -> tuple[float, float]:
        """KL weight and learning rate (the peaks of their schedules) in the epoch that follows
        ``epoch`` finished ones. If several changes apply, the last one counts."""
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
        """A copy of this spec with fields set by name, validated again.

        Args:
            assignments: field (``epochs``), dotted field (``training.epochs``) or family option
                (``options.penalty``) → new value. Numbers may be given as text.

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
        """A copy of this spec with a change that takes effect after ``epoch`` finished epochs.

        A value that is None stays as it is. A change already made for the same epoch is updated.
        After the last epoch a change has no effect, and this spec is returned.

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
    """A run and the name of the checkpoint it will produce."""

    name: CheckpointName
    run: RunSpec


class Measured(Spec):
    """A measured result: a value with its unit, or the reason why there is none.

    ``error`` is the standard error of an estimated value.
    """

    value: float | None
    error: float | None = None
    unit: str
    why: str | None = None


class FileDigest(Spec):
    """The size and checksum that a checkpoint requires of a file."""

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class CheckpointSpec(Spec):
    """``spec.json``: describes a checkpoint, so that its tensors need not be opened."""

    format: Literal[1] = CHECKPOINT_FORMAT
    name: CheckpointName
    run: RunSpec
    storage: Literal["float16", "float32"] = "float32"
    device: str = Field(max_length=200, description="What it was trained on, for display.")
    versions: dict[str, str] = Field(description="Versions of the libraries it was trained with.")
    measures: dict[str, Measured] = Field(description="Measured on the test images.")
    files: dict[str, FileDigest] = Field(default_factory=dict)
    digest: str = ""


def _assign(values: dict[str, Any], key: str, value: Any) -> None:
    """Set ``key`` to ``value`` in the nested ``values`` of a RunSpec."""
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
                raise ValueError(f"{key}: it has fields of its own; set {field}.NAME")
            place[field] = value
            return
    raise ValueError(f"there is no setting named {key!a}")


def explain(error: ValidationError) -> str:
    """A validation error in one line: the first invalid field and what is wrong with it."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{field}: {reason}" if field else reason


def read_value(text: str) -> Any:
    """The value of a field given as text: parsed as JSON if possible, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def read_numbers(field: str, text: str, kind: type[int] | type[float] = float) -> list[Any]:
    """Parse numbers separated by commas.

    Raises:
        ValueError: ``text`` is something else; the message names ``field``.
    """
    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise ValueError(
            f"{field}: {text[:80]!a} is not a list of {what} separated by commas"
        ) from None
