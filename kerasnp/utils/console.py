"""Where messages go: standard output, or the logger when interactive logging is off."""

import sys

from kerasnp import config


def print_msg(message: str, line_break: bool = True) -> None:
    """Prints a message, or logs it as information when interactive logging is off.

    Args:
        message: the text. On an output that cannot show the bar's cells they become ``=``.
        line_break: whether a line break is added (the logger adds its own).
    """
    if not config.is_interactive_logging_enabled():
        config.logger.info(message.strip("\r\n"))
        return
    if line_break:
        message += "\n"
    try:
        sys.stdout.write(message)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(message.replace("━", "=").encode(encoding, errors="replace").decode(encoding))
    sys.stdout.flush()


def is_terminal() -> bool:
    """Tells whether standard output is a terminal."""
    return bool(getattr(sys.stdout, "isatty", lambda: False)())


def is_live() -> bool:
    """Tells whether someone watches standard output: a terminal or the cell of a notebook, not a file or a pipe."""
    return is_terminal() or type(sys.stdout).__module__.startswith("ipykernel")
