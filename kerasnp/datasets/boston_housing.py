"""House prices around Boston (Harrison and Rubinfeld 1978)."""

from kerasnp.datasets import housing
from kerasnp.datasets.store import Split


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> tuple[Split, Split]:
    """Loads the Boston housing prices, as ``keras.datasets.boston_housing.load_data`` does.

    One of its features stands for the share of black people in a town, built on the assumption that segregation
    influences prices: take ``california_housing`` unless that is what you study.

    Args:
        path: name of the file in the caches, or an absolute path; see :func:`kerasnp.datasets.mnist.load_data`.
        test_split: part of the houses for the test.
        seed: of the shuffle before.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: float64 features (houses, 13) and prices (houses,) in thousands of
        dollars, of 404 and 102 houses.

    Raises:
        DatasetUnavailableError: it is in no cache, and there is no network; the message says how to get it.
        ValueError: the file is damaged, or ``test_split`` is no part.
    """
    return housing.split(
        *housing.load(
            "Boston housing",
            "boston_housing.npz",
            path,
            "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
        ),
        test_split,
        seed,
    )
