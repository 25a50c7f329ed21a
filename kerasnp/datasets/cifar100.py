"""CIFAR-100: 60,000 small colour pictures in a hundred classes (Krizhevsky 2009)."""

from kerasnp.datasets import cifar
from kerasnp.datasets.store import Split


def load_data(label_mode: str = "fine") -> tuple[Split, Split]:
    """Loads the CIFAR-100 pictures, as ``keras.datasets.cifar100.load_data`` does.

    The places are those of :func:`kerasnp.datasets.cifar10.load_data`, with the folder ``cifar-100-python``.

    Args:
        label_mode: ``"fine"`` for the hundred classes, ``"coarse"`` for the twenty groups they belong to.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images (50000, 32, 32, 3) and (10000, 32, 32, 3) of uint8, or with the
        channels first if ``config.image_data_format()`` says so; labels (50000, 1) and (10000, 1) of uint8.

    Raises:
        DatasetUnavailableError: none of the places has it; the message says how to get it.
        ValueError: an unknown ``label_mode``, or a damaged file.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f'`label_mode` must be one of `"fine"`, `"coarse"`. Received: label_mode={label_mode}.')
    return cifar.load(
        "CIFAR-100",
        "cifar-100-python.tar.gz",
        "cifar-100-python",
        "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        (("train",), ("test",)),
        f"{label_mode}_labels",
    )
