"""The contents of a checkpoint's files: written from a model, and parsed as untrusted input."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import safetensors.numpy
import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from explorer.datasets import DATASETS, NO_CLASS, Source
from explorer.files import broken, read_tensors
from explorer.models import Model, blank_model, check_model_spec
from explorer.models.latent import Codes
from explorer.runs.defaults import check_fits
from explorer.specs import CHECKPOINT_FORMAT, CheckpointSpec, FileDigest, explain
from explorer.training.progress import EpochRecord, validation_curve

SPEC, HISTORY = "spec.json", "history.json"
WEIGHTS, LATENTS = "weights.safetensors", "latents.safetensors"
LIMITS = {SPEC: 2**20, WEIGHTS: 2**31, LATENTS: 2**30, HISTORY: 2**26}  # bytes
_HISTORY = TypeAdapter(list[EpochRecord], config=ConfigDict(extra="forbid", allow_inf_nan=False))
_STORED = {"float16": "F16", "float32": "F32"}


class _Format(BaseModel):
    """The one field that every version of the format has."""

    format: Annotated[int, Field(strict=True)]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in memory.

    Attributes:
        spec: the content of ``spec.json``.
        model: the model with its weights, on the CPU, in evaluation mode.
        codes: codes of the held-out (test) images.
        history: one record per epoch.
    """

    spec: CheckpointSpec
    model: Model
    codes: Codes
    history: tuple[EpochRecord, ...]

    @property
    def validation(self) -> tuple[float, ...]:
        """Its validation losses, for a ``Subject``."""
        return validation_curve(self.spec.run.training, self.history)


def round_weights(model: Model, storage: str) -> None:
    """Round the weights to the precision of ``storage``, so that the saved model is measured."""
    with torch.no_grad():
        for value in model.state_dict().values():
            value.copy_(value.to(getattr(torch, storage)))


def packed(checkpoint: Checkpoint) -> dict[str, bytes]:
    """The files of a checkpoint by name, for ``save_files``, perhaps in another process."""
    files = _serialised(checkpoint)
    return {**files, SPEC: _sealed(checkpoint.spec, files)}


def _serialised(checkpoint: Checkpoint) -> dict[str, bytes]:
    dtype = getattr(torch, checkpoint.spec.storage)
    weights = {
        name: value.detach().cpu().to(dtype).contiguous().numpy()
        for name, value in checkpoint.model.state_dict().items()
    }
    latents: dict[str, np.ndarray] = {
        "mean": np.ascontiguousarray(checkpoint.codes.mean, dtype=np.float32),
        "scale": np.ascontiguousarray(checkpoint.codes.scale, dtype=np.float32),
        "labels": np.ascontiguousarray(checkpoint.codes.labels, dtype=np.int16),
    }
    if checkpoint.codes.factors is not None:
        latents["factors"] = np.ascontiguousarray(checkpoint.codes.factors, dtype=np.float32)
    return {
        WEIGHTS: safetensors.numpy.save(weights),
        LATENTS: safetensors.numpy.save(latents),
        HISTORY: _HISTORY.dump_json(list(checkpoint.history), indent=1),
    }


def _sealed(spec: CheckpointSpec, files: Mapping[str, bytes]) -> bytes:
    """``spec.json`` with digests of the other files and of its own content."""
    digests = {
        name: FileDigest(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    }
    spec = spec.model_copy(update={"files": digests})
    digest = _digest(spec.model_dump_json().encode())
    return spec.model_copy(update={"digest": digest}).model_dump_json(indent=1).encode()


def _digest(content: bytes) -> str:
    """Digest of everything in ``spec.json`` except the digest; formatting does not matter."""
    values = json.loads(content)
    values.pop("digest", None)
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def parse_spec(folder: Path, content: bytes) -> CheckpointSpec:
    """The spec in the content of ``spec.json``.

    Raises:
        CheckpointError: it is not valid; the message names the file and the reason.
    """
    path = folder / SPEC
    try:
        version = _Format.model_validate_json(content).format
        if version > CHECKPOINT_FORMAT:
            raise broken(path, f"format {version} is too new; update Latent Explorer")
        spec = CheckpointSpec.model_validate_json(content)
        check_model_spec(spec.run.model)
        check_fits(spec.run, _source(spec.run.dataset))
        if spec.digest != _digest(content):
            raise broken(path, "it was changed after it was saved")
    except ValidationError as error:
        raise broken(path, f"it is not valid: {explain(error)}") from None
    except ValueError as error:
        raise broken(path, f"it is not valid: {error}") from None
    if spec.name != folder.name:
        raise broken(path, f"it belongs to a checkpoint named {spec.name!r}")
    return spec


def _source(dataset: str) -> Source:
    if dataset not in DATASETS:
        raise ValueError(f"data set {dataset[:80]!a} is unknown; known are {', '.join(DATASETS)}")
    return DATASETS[dataset]


def parse(folder: Path, spec: CheckpointSpec, files: Mapping[str, bytes]) -> Checkpoint:
    """The checkpoint with this spec, from the contents of the other files.

    Raises:
        CheckpointError: a file is not valid; the message names it and the reason.
    """
    model = _parse_model(folder / WEIGHTS, files[WEIGHTS], spec)
    codes = _parse_codes(folder / LATENTS, files[LATENTS], spec, model)
    try:
        history = _HISTORY.validate_json(files[HISTORY])
    except ValidationError as error:
        raise broken(folder / HISTORY, f"it is not valid: {explain(error)}") from None
    epochs = spec.run.training.epochs
    if [record.epoch for record in history] != [*range(1, epochs + 1)]:
        raise broken(folder / HISTORY, f"it does not have one record for each of {epochs} epochs")
    return Checkpoint(spec, model, codes, tuple(history))


def _parse_model(path: Path, content: bytes, spec: CheckpointSpec) -> Model:
    model = blank_model(spec.run.model)
    dtype = _STORED[spec.storage]
    layout = {name: (dtype, tuple(value.shape)) for name, value in model.state_dict().items()}
    weights = {
        name: torch.from_numpy(array).float()
        for name, array in read_tensors(path, content, layout).items()
    }
    model.load_state_dict(weights, strict=True, assign=True)
    return model.eval()


def _parse_codes(path: Path, content: bytes, spec: CheckpointSpec, model: Model) -> Codes:
    size = model.view().dim
    layout = {"mean": ("F32", (-1, size)), "scale": ("F32", (-1, size)), "labels": ("I16", (-1,))}
    arrays = read_tensors(path, content, layout, optional={"factors": ("F32", (-1, -1))})
    mean, scale, labels = arrays["mean"], arrays["scale"], arrays["labels"]
    factors = arrays.get("factors")
    if not len(mean) == len(scale) == len(labels):
        raise broken(
            path, f"it has {len(mean)} means, {len(scale)} scales and {len(labels)} labels"
        )
    source = _source(spec.run.dataset)
    if len(mean) != source.test_images:
        raise broken(
            path,
            f"it has {len(mean):,} codes, but {source.title} has {source.test_images:,} held-out "
            "images",
        )
    if (scale < 0).any():
        raise broken(path, "a scale is negative")
    if factors is not None and len(factors) != len(mean):
        raise broken(path, f"it has {len(mean)} codes, but {len(factors)} rows of factors")
    if factors is not None and factors.shape[1] != len(source.factors):
        raise broken(path, f"it has {factors.shape[1]} factors, not {len(source.factors)}")
    classes = spec.run.model.classes
    lowest = 0 if classes else NO_CLASS
    if ((labels < lowest) | (labels >= classes)).any():
        raise broken(path, f"a label is not one of the {classes} classes")
    return Codes(mean, scale, labels.astype(np.int64), factors)
