"""A process that answers questions, a line of JSON each: so two libraries can be timed in turn, each in its own."""

import json
import subprocess
import sys
from collections.abc import Callable

import measure


def serve(answer: Callable[..., dict]) -> None:
    """Answers questions on the standard input until it ends."""
    for line in sys.stdin:
        print(json.dumps(answer(*json.loads(line))), flush=True)


class Worker:
    """The asking side. A process that dies of a question is started anew for the next one."""

    def __init__(self, command: list[str], threads: int):
        self._command = command
        self._threads = threads
        self._process: subprocess.Popen | None = None

    def ask(self, *question) -> dict:
        """Returns the answer, an empty dictionary if there was none; the process itself says why."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                cwd=measure.FOLDER,
                env=measure.thread_limits(self._threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C is for the asking side
            )
        try:
            print(json.dumps(question), file=self._process.stdin, flush=True)
            return json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            self.close()
            return {}

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
