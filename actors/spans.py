"""A stretch of time in few characters, for the line that an actor says of itself."""


def span(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any; what is over is nothing.

    >>> span(271.2)
    '4:31'
    >>> span(7384)
    '2:03:04'
    >>> span(-3)
    '0:00'
    """
    minutes, left = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
