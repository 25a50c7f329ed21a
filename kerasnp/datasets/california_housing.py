"""House prices in California (Pace and Barry 1997)."""

from kerasnp.datasets import housing
from kerasnp.datasets.store import Split


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Split, Split]:
    """Loads the California housing prices, as ``keras.datasets.california_housing.load_data`` does.

    The features of a district are median income, median age of the houses, rooms and bedrooms per household,
    population, members per household, latitude and longitude.

    Args:
        version: ``"large"``, 20,640 districts, or ``"small"``, the first 600 of them.
        path: name of the file in the caches, or an absolute path; see :func:`kerasnp.datasets.mnist.load_data`.
        test_split: part of the districts for the test.
        seed: of the shuffle before.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: float32 features (districts, 8) and median prices (districts,) in
        dollars.

    Raises:
        DatasetUnavailableError: it is in no cache, and there is no network; the message says how to get it.
        ValueError: the file is damaged, or an argument is unknown.
    """
    if version not in ("small", "large"):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version}")
    x, y = housing.load(
        "California housing",
        "california_housing.npz",
        path,
        "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    )
    count = 600 if version == "small" else len(x)
    return housing.split(x[:count], y[:count], test_split, seed)
