"""The command line: ``python -m kerasnp inspect FILE`` and ``python -m kerasnp convert IN OUT``."""

import argparse
import os
import sys
import warnings
from pathlib import Path

from kerasnp import models, saving
from kerasnp._version import __version__
from kerasnp.inspection import inspect, printable
from kerasnp.saving import FileFormatError
from kerasnp.saving.atomic import atomic_write
from kerasnp.saving.model_file import Kind, open_model_file

_INSPECT = """\
Tells what a file of Keras 1, 2 or 3 is, which Keras wrote it, its layers and weights, how far its optimizer is, and
whether kerasnp can load it and if not, why. The file is recognised by its content. Nothing in it is run, and nothing
outside it is opened.
"""
_CONVERT = """\
Reads a file of any Keras and writes it in the format that the ending of OUT asks for:

  .keras         a whole model, for any Keras 3
  .h5            a whole model, for older programs
  .weights.h5    the weights alone
  .json          the architecture alone

The state of the optimizer goes along, except into .json. A file that holds weights alone needs --model: a file with the
architecture that the weights belong to. An architecture alone, in .json, can be converted into .json.
"""
_STATUS = "exit status: 0 if the file can be loaded, 1 if not, 2 if there is no such file or the arguments are wrong"
_CONVERT_STATUS = """\
exit status: 0 if OUT was written, 1 if IN cannot be read or OUT not written, 2 if there is no such file or the
arguments are wrong
"""
_ENDINGS = (".keras", ".weights.h5", ".h5", ".hdf5", ".json")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit status.

    Args:
        arguments: the words behind ``python -m kerasnp``; None takes those of the process.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except FileNotFoundError as error:
        return _fail(error, 2)
    except (FileFormatError, OSError, ValueError) as error:
        return _fail(error, 1)


def _fail(error: Exception, status: int) -> int:
    print(f"kerasnp: {printable(str(error))}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m kerasnp", description="Looks into files of Keras and converts them.")
    parser.add_argument("--version", action="version", version=f"kerasnp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser(
        "inspect",
        help="tell what a file is and holds",
        description=_INSPECT,
        epilog=_STATUS,
    )
    command.add_argument("file", metavar="FILE", help=".keras, .h5, .weights.h5, .weights.json or .json")
    command.set_defaults(run=_inspect)

    command = commands.add_parser(
        "convert",
        help="write a file in another format",
        description=_CONVERT,
        epilog=_CONVERT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", metavar="IN", help="a file of any Keras")
    command.add_argument("target", metavar="OUT", help=f"the new file; ends in {', '.join(_ENDINGS)}")
    command.add_argument("--model", metavar="FILE", help="a file with the architecture, if IN holds weights alone")
    command.add_argument("--overwrite", action="store_true", help="replace OUT if it exists")
    command.set_defaults(run=_convert)
    return parser


def _inspect(options: argparse.Namespace) -> int:
    loadable, lines = inspect(options.file)
    for line in lines:
        print(printable(line))
    return 0 if loadable else 1


def _convert(options: argparse.Namespace) -> int:
    if not options.target.endswith(_ENDINGS):
        print(f"kerasnp: OUT must end in {', '.join(_ENDINGS)}; received {options.target!r}.", file=sys.stderr)
        return 2
    if os.path.lexists(options.target) and not options.overwrite:
        raise FileExistsError(f"{options.target!r} exists already; --overwrite replaces it.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = _load(options)
        _save(model, options.target)
    for warning in caught:
        print(f"kerasnp: warning: {printable(str(warning.message))}", file=sys.stderr)
    return 0


def _load(options: argparse.Namespace):
    """Returns the model of a file, or that of ``--model`` with the weights of the file."""
    source, architecture = options.source, options.model
    with open_model_file(source) as stored:
        kind = stored.kind
    if kind is Kind.ARCHITECTURE and not (options.target.endswith(".json") and architecture is None):
        raise ValueError(f"{source!r} is {kind.value}; it can be converted into .json only.")
    if architecture is None:
        if not (kind.has_model or kind is Kind.ARCHITECTURE):
            raise ValueError(f"{source!r} holds weights alone: name a file with their architecture by --model.")
        return _model_of(source)
    model = _model_of(architecture)
    model.load_weights(source)
    return model


def _model_of(path: str):
    with open_model_file(path) as stored:
        kind = stored.kind
    if kind is Kind.ARCHITECTURE:
        return models.model_from_json(Path(path).read_text(encoding="utf-8"))
    return saving.load_model(path)


def _save(model, target: str) -> None:
    if target.endswith(".weights.h5"):
        model.save_weights(target)
    elif target.endswith(".json"):
        with atomic_write(target) as temporary:
            temporary.write_text(model.to_json(indent=2), encoding="utf-8")
    else:
        model.save(target)


if __name__ == "__main__":
    sys.exit(main())
