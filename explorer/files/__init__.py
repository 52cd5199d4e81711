"""Reading files that may be broken or hostile, within bounds; writing files atomically."""

from explorer.files.errors import CheckpointError, broken, refuse_existing, unwritable
from explorer.files.folders import (
    home_folder,
    named_files,
    recover,
    remove_folder,
    replace_folder,
    writers_kept_out,
)
from explorer.files.reading import Layout, load_spec, read_bounded, read_tensors
from explorer.files.secret import operator_token, secret_key
from explorer.files.writing import replace_file, save_file, save_spec, sync_folder, write_synced

__all__ = [
    "CheckpointError",
    "Layout",
    "broken",
    "home_folder",
    "load_spec",
    "named_files",
    "operator_token",
    "read_bounded",
    "read_tensors",
    "recover",
    "refuse_existing",
    "remove_folder",
    "replace_file",
    "replace_folder",
    "save_file",
    "save_spec",
    "secret_key",
    "sync_folder",
    "unwritable",
    "write_synced",
    "writers_kept_out",
]
