"""Reading the few pickles that data sets come in, without Python's pickle, which runs what a file tells it to.

Some data sets of Keras are pickles: lists of lists of integers, and dictionaries of arrays of bytes. A pickle is a
program for a small machine with a stack. This one knows only what such data need: it makes numbers, texts, lists,
tuples, dictionaries and arrays. It looks nothing up and calls nothing; of the names that a pickle may refer to it knows
four, and these mean an array, its type and a text of bytes. Whatever else a file says is an error. A list, a tuple and
a dictionary have one place each (they are never taken from the machine's memory a second time), so that the result is
never larger than the file, and nothing of a size that a file claims is made before the bytes are seen to be there.
"""

import struct
from collections.abc import Callable

from kerasnp.datasets.pickled_arrays import NAMES, PLAIN, ArrayParts, Name, PickleError, TypeParts, finished

__all__ = ["PickleError", "read_pickle"]


_REPEATED = (str, bytes, int, float, bool, type(None), Name, TypeParts)  # what may be taken from memory
_MARK = object()
_LONGEST_INTEGER = 8  # bytes
_INT1, _INT2, _INT4 = b"KMJ"
_DAMAGE = (IndexError, KeyError, TypeError, UnicodeError, struct.error)


def read_pickle(data: bytes):
    """Returns what a pickle holds.

    Args:
        data: the pickle, of protocol 2 or above.

    Returns:
        An array of numbers, or of lists of integers; a dictionary of such arrays, lists, numbers and texts; or one
        list, number or text.

    Raises:
        PickleError: it is damaged, or there is anything else in it.
    """
    try:
        return _Machine(data).run()
    except _DAMAGE as error:
        raise PickleError(f"the pickle is damaged: {type(error).__name__}: {error}") from error


class _Machine:
    def __init__(self, data: bytes):
        self.data = data
        self.at = 0
        self.stack: list = []
        self.memory: dict[int, object] = {}

    def run(self):
        data, stack, push = self.data, self.stack, self.stack.append
        if data[:1] != b"\x80":
            raise PickleError("it is no pickle of protocol 2 or above")
        at = 0
        while True:
            code = data[at]
            # Nearly all of a file are integers of one or two bytes.
            if code == _INT1:
                push(data[at + 1])
                at += 2
            elif code == _INT2:
                push(data[at + 1] | data[at + 2] << 8)
                at += 3
            elif code == _INT4:
                push(struct.unpack_from("<i", data, at + 1)[0])
                at += 5
            elif code == _STOP:
                if len(stack) != 1:
                    raise PickleError("it ends with more or less than one value")
                return finished(stack[0])
            else:
                step = _STEPS.get(code)
                if step is None:
                    raise PickleError(f"it has the instruction {code:#x}, which data do not need")
                self.at = at + 1
                step(self)
                at = self.at

    # -- bytes -------------------------------------------------------------------------------------

    def take(self, count: int) -> bytes:
        """Returns the next ``count`` bytes."""
        if count > len(self.data) - self.at:
            raise PickleError("it ends before its last instruction")
        self.at += count
        return self.data[self.at - count : self.at]

    def size(self, count: int) -> int:
        """Returns the number in the next ``count`` bytes."""
        return int.from_bytes(self.take(count), "little")

    def line(self) -> str:
        end = self.data.find(b"\n", self.at, self.at + 100)
        if end < 0:
            raise PickleError("it has a name without an end")
        text = self.data[self.at : end]
        self.at = end + 1
        return text.decode("ascii")

    def integer(self) -> None:
        count = self.size(1)
        if count > _LONGEST_INTEGER:
            raise PickleError(f"it has an integer of {count} bytes")
        self.stack.append(int.from_bytes(self.take(count), "little", signed=True))

    # -- stack -------------------------------------------------------------------------------------

    def marked(self) -> list:
        """Takes all values above the last mark off the stack."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise PickleError("it lacks a mark")
        values = self.stack[place + 1 :]
        del self.stack[place:]
        return values

    def tuple(self, count: int) -> None:
        values = tuple(self.stack[-count:])
        if len(values) < count or any(value is _MARK for value in values):
            raise PickleError("it lacks values for a tuple")
        del self.stack[-count:]
        self.stack.append(values)

    def extend(self, values: list) -> None:
        if type(self.stack[-1]) is not list or not set(map(type, values)) <= PLAIN:
            raise PickleError("it appends to something that is no list, or something that is no number, text or list")
        self.stack[-1].extend(values)

    def update(self, values: list) -> None:
        target = self.stack[-1]
        keys = values[::2]
        if type(target) is not dict or len(values) % 2 or not all(type(key) in (str, bytes, int) for key in keys):
            raise PickleError("it sets an item of something that is no dictionary, or by an unusual key")
        if not set(map(type, values[1::2])) <= {*PLAIN, ArrayParts}:
            raise PickleError("it has a dictionary of something else than arrays, lists, numbers and texts")
        target.update(zip(keys, values[1::2], strict=True))

    def remember(self, place: int) -> None:
        if self.stack[-1] is _MARK:
            raise PickleError("it keeps a mark")
        self.memory[place] = self.stack[-1]

    def recall(self, place: int) -> None:
        value = self.memory[place]
        if type(value) not in _REPEATED:
            raise PickleError(f"it uses a {type(value).__name__} twice")
        self.stack.append(value)

    # -- names -------------------------------------------------------------------------------------

    def name(self, module, name) -> None:
        if type(module) is not str or type(name) is not str or (module, name) not in NAMES:
            raise PickleError(f"it refers to {module!r:.60} {name!r:.60}, which is refused")
        self.stack.append(NAMES[module, name])

    def name_on_stack(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.name(module, name)

    def make(self) -> None:
        """Makes what a name stands for."""
        arguments, name = self.stack.pop(), self.stack.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise PickleError("it makes something other than arrays")
        if name == "array" and len(arguments) == 3 and arguments[0] == "ndarray":
            self.stack.append(ArrayParts())
        elif name == "dtype" and 1 <= len(arguments) <= 3 and type(arguments[0]) in (str, bytes):
            code = arguments[0]
            self.stack.append(TypeParts(code if type(code) is str else code.decode("ascii")))
        elif name == "encode" and len(arguments) == 2 and arguments[1] == "latin1" and type(arguments[0]) is str:
            self.stack.append(arguments[0].encode("latin1"))
        else:
            raise PickleError(f"it makes an unusual {name}")

    def build(self) -> None:
        """Fills an array, or the type of one, with what describes it."""
        state, target = self.stack.pop(), self.stack[-1]
        if type(state) is not tuple:
            raise PickleError("it describes an array in an unusual way")
        if type(target) is TypeParts and len(state) in (8, 9):
            order = state[1] if type(state[1]) is str else state[1].decode("ascii")
            if order not in ("<", ">", "|", "="):
                raise PickleError("it describes an unusual type")
            target.order = order
        elif type(target) is ArrayParts and len(state) == 5 and target.content is None:
            _, target.shape, target.type, target.order, target.content = state
        else:
            raise PickleError("it describes an array in an unusual way")


def _push(value: Callable) -> Callable:
    return lambda machine: machine.stack.append(value())


def _text(bytes_of_size: int) -> Callable:
    return lambda machine: machine.stack.append(machine.take(machine.size(bytes_of_size)).decode("utf-8"))


def _bytes(bytes_of_size: int) -> Callable:
    return lambda machine: machine.stack.append(machine.take(machine.size(bytes_of_size)))


_STOP = ord(".")
# The instructions by their codes, with their names in Python's module pickletools.
_STEPS: dict[int, Callable[[_Machine], object]] = {
    ord(code) if isinstance(code, str) else code: step
    for code, step in {
        0x80: lambda machine: machine.take(1),  # PROTO
        0x95: lambda machine: machine.take(8),  # FRAME
        "(": _push(lambda: _MARK),
        "N": _push(lambda: None),
        0x88: _push(lambda: True),
        0x89: _push(lambda: False),
        "]": _push(list),
        "}": _push(dict),
        ")": _push(tuple),
        0x8A: _Machine.integer,  # LONG1
        "G": lambda machine: machine.stack.append(struct.unpack(">d", machine.take(8))[0]),
        "X": _text(4),  # BINUNICODE
        0x8C: _text(1),  # SHORT_BINUNICODE
        "C": _bytes(1),  # SHORT_BINBYTES
        "B": _bytes(4),  # BINBYTES
        "U": _bytes(1),  # SHORT_BINSTRING
        "T": _bytes(4),  # BINSTRING
        "a": lambda machine: machine.extend([machine.stack.pop()]),
        "e": lambda machine: machine.extend(machine.marked()),
        "s": lambda machine: machine.update([machine.stack.pop(-2), machine.stack.pop()]),
        "u": lambda machine: machine.update(machine.marked()),
        "t": lambda machine: machine.stack.append(tuple(machine.marked())),
        0x85: lambda machine: machine.tuple(1),
        0x86: lambda machine: machine.tuple(2),
        0x87: lambda machine: machine.tuple(3),
        "q": lambda machine: machine.remember(machine.size(1)),  # BINPUT
        "r": lambda machine: machine.remember(machine.size(4)),  # LONG_BINPUT
        0x94: lambda machine: machine.remember(len(machine.memory)),  # MEMOIZE
        "h": lambda machine: machine.recall(machine.size(1)),  # BINGET
        "j": lambda machine: machine.recall(machine.size(4)),  # LONG_BINGET
        "c": lambda machine: machine.name(machine.line(), machine.line()),  # GLOBAL
        0x93: _Machine.name_on_stack,  # STACK_GLOBAL
        "R": _Machine.make,  # REDUCE
        "b": _Machine.build,  # BUILD
    }.items()
}
