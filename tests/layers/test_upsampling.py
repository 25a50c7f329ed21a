"""What upsampling accepts and refuses. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest

from kerasnp import layers, testing


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 2)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_gradients(size, data_format, interpolation):
    layer = layers.UpSampling2D(size, data_format, interpolation, dtype="float64")
    testing.check_gradients(layer, (2, 2, 3, 2))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_bilinear_keeps_planes_inside(size):
    """A plane a i + b j + c, sampled at the centres of the pixels, stays that plane but for the outermost pixels."""
    rows, columns = np.mgrid[:5, :6] + 0.5
    large_rows, large_columns = (np.mgrid[: 5 * size, : 6 * size] + 0.5) / size
    y = layers.UpSampling2D(size, interpolation="bilinear", dtype="float64")((3 * rows - columns + 2)[None, ..., None])
    inside = slice(size, -size)
    expected = (3 * large_rows - large_columns + 2)[inside, inside]
    np.testing.assert_allclose(y[0, inside, inside, 0], expected, rtol=1e-13)


def test_output_shapes():
    assert layers.UpSampling1D(3).compute_output_shape((None, None, 2)) == (None, None, 2)
    assert layers.UpSampling2D((2, 3)).compute_output_shape((None, 4, None, 2)) == (None, 8, None, 2)
    first = layers.UpSampling3D((1, 2, 3), data_format="channels_first")
    assert first.compute_output_shape((5, 2, 3, 4, 5)) == (5, 2, 3, 8, 15)


@pytest.mark.parametrize(("size", "error"), [(2.0, TypeError), (True, TypeError), ((2,), TypeError), (0, ValueError)])
def test_wrong_size_of_a_sequence(size, error):
    with pytest.raises(error, match=rf"`size`.*{size}".replace("(", r"\(").replace(")", r"\)")):
        layers.UpSampling1D(size)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.UpSampling2D(0), "`size` argument .* received 0"),
        (lambda: layers.UpSampling2D((1, 2, 3)), r"`size` argument .* received \(1, 2, 3\)"),
        (lambda: layers.UpSampling3D((1, 2)), r"a tuple of 3 integers, .* received \(1, 2\)"),
        (lambda: layers.UpSampling2D(interpolation="bicubic"), r"'nearest', 'bilinear'\); received 'bicubic'"),
        (lambda: layers.UpSampling2D(interpolation=3), r"'nearest', 'bilinear'\); received 3"),
        (lambda: layers.UpSampling2D()(np.zeros((2, 3, 4))), "expected ndim=4 .*, found ndim=3"),
        (lambda: layers.UpSampling1D()(np.zeros((2, 3))), r"expected ndim=3 \(batch, steps, channels\), found ndim=2"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_name_of_the_interpolation_in_any_case():
    assert layers.UpSampling2D(interpolation="Bilinear").interpolation == "bilinear"
