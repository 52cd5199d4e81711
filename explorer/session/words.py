"""Text from files, shown as it is."""

import re

_MEANS_SOMETHING = re.compile(r"[\\`*\[\]<>$!~|]")


def plain(text: object) -> str:
    """A text in which nothing is Markdown: a checkpoint's text must neither fetch a picture nor
    look like a link of ours."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", " ".join(str(text).split()))
