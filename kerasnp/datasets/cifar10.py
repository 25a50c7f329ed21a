"""CIFAR-10: 60,000 small colour pictures in ten classes (Krizhevsky 2009)."""

from kerasnp.datasets import cifar
from kerasnp.datasets.store import Split

_TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))


def load_data() -> tuple[Split, Split]:
    """Loads the CIFAR-10 pictures, as ``keras.datasets.cifar10.load_data`` does.

    The places, in this order: the archive or the unpacked folder ``cifar-10-batches-py`` in ``datasets`` of
    ``$KERASNP_HOME`` (``~/.kerasnp``) and of Keras's own cache (``~/.keras``); and https://www.cs.toronto.edu, from
    where the archive goes to the first place. The archive is read as it is, not unpacked.

    The classes are airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images (50000, 32, 32, 3) and (10000, 32, 32, 3) of uint8 from 0 to
        255, or with the channels first if ``config.image_data_format()`` says so; labels (50000, 1) and (10000, 1) of
        uint8 from 0 to 9.

    Raises:
        DatasetUnavailableError: none of the places has it; the message says how to get it.
        ValueError: a file is damaged, or what was downloaded is not CIFAR-10.
    """
    return cifar.load(
        "CIFAR-10",
        "cifar-10-python.tar.gz",
        "cifar-10-batches-py",
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        (_TRAINING, ("test_batch",)),
        "labels",
    )
