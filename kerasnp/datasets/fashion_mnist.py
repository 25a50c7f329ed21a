"""Fashion-MNIST: 70,000 pictures of clothes (Xiao, Rasul and Vollgraf 2017)."""

from kerasnp.datasets import store

_FASHION_MNIST = store.Dataset(
    title="Fashion-MNIST",
    openml="Fashion-MNIST",
    training_rows=60_000,
    checksum="ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f",
    other_way="on Debian and Ubuntu, `apt install dataset-fashion-mnist`",
    idx_folder="fashion-mnist",
    system_folder="/usr/share/datasets/fashion-mnist",
)


def load_data() -> tuple[store.Split, store.Split]:
    """Loads the Fashion-MNIST pictures, as ``keras.datasets.fashion_mnist.load_data`` does.

    The places, in this order: ``datasets/fashion_mnist.npz`` in ``$KERASNP_HOME`` (``~/.kerasnp``) and in Keras's own
    cache (``~/.keras``); the four IDX files in ``datasets/fashion-mnist`` there, as Keras keeps them; Debian's package
    ``dataset-fashion-mnist``; and openml.org, from where it goes to the first place.

    The classes are T-shirt/top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images (60000, 28, 28) and (10000, 28, 28) of uint8 from 0 to 255,
        labels (60000,) and (10000,) of uint8 from 0 to 9.

    Raises:
        DatasetUnavailableError: none of the places has it; the message names three ways to get it.
        ValueError: a file is damaged, or what was downloaded is not Fashion-MNIST.
    """
    return store.split(store.load(_FASHION_MNIST, "fashion_mnist.npz"))
