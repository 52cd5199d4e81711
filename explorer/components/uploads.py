"""How much of what visitors upload is kept: a picture or two for each, not all that anybody sends.

Streamlit keeps every file that is sent to a session, in memory, until the session ends; its own
page deletes the one before, but nobody has to use that page.
"""

from __future__ import annotations

from streamlit.runtime import memory_uploaded_file_manager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

MOST = 3  # files of a session: the one on its page, one that is coming, one that is going
_Unbounded = memory_uploaded_file_manager.MemoryUploadedFileManager


class FewUploads(_Unbounded):
    """The uploaded files of all sessions: of each only the latest."""

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        super().add_file(session_id, file)
        with self._lock:
            known = [*self.file_storage.get(session_id, ())]
        for file_id in known[:-MOST]:
            self.remove_file(session_id, file_id)


def keep_few_uploads() -> None:
    """Let Streamlit keep uploads here. To be called before the application is made."""
    memory_uploaded_file_manager.MemoryUploadedFileManager = FewUploads  # type: ignore[misc]
