"""Numbers as people read them."""


def numeral(value: float, form: str = ".2f") -> str:
    """A number as text, with a minus sign rather than a hyphen before a negative one.

    Args:
        value: the number.
        form: how to write it, as in a format string.
    """
    return f"{value:{form}}".replace("-", "−")
