"""What convolution and pooling over volumes accept and refuse. Values: test_layers_follow_keras.py."""

import itertools

import numpy as np
import pytest
from layer_runs import expect_gradients, run

import kerasnp as keras
from kerasnp import config, kernels, layers, testing

WINDOWED = [layers.MaxPooling3D, layers.AveragePooling3D]
GLOBAL = [layers.GlobalMaxPooling3D, layers.GlobalAveragePooling3D]


def test_aliases():
    assert layers.Convolution3D is layers.Conv3D
    assert layers.MaxPool3D is layers.MaxPooling3D
    assert layers.AvgPool3D is layers.AveragePooling3D
    assert layers.GlobalMaxPool3D is layers.GlobalMaxPooling3D
    assert layers.GlobalAvgPool3D is layers.GlobalAveragePooling3D
    assert type(layers.deserialize({"class_name": "MaxPool3D", "config": {}})) is layers.MaxPooling3D


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kernel_size": 3}, (3, 5, 7)),
        ({"kernel_size": (1, 2, 4), "strides": (3, 2, 1)}, (2, 3, 6)),
        ({"kernel_size": 3, "padding": "same", "strides": 2}, (3, 4, 5)),
        ({"kernel_size": 2, "dilation_rate": (4, 1, 3)}, (1, 6, 6)),
    ],
)
def test_output_shape_of_a_convolution(settings, expected):
    assert layers.Conv3D(4, **settings).compute_output_shape((None, 5, 7, 9, 2)) == (None, *expected, 4)
    first = layers.Conv3D(4, data_format="channels_first", **settings)
    assert first.compute_output_shape((3, 2, 5, 7, 9)) == (3, 4, *expected)
    assert layers.Conv3D(4, **settings).compute_output_shape((None, None, 7, 9, 2)) == (None, None, *expected[1:], 4)


def test_weights():
    layer = layers.Conv3D(6, (3, 2, 1), groups=2, data_format="channels_first")
    layer.ensure_built((None, 4, 8, 8, 8))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("kernel", (3, 2, 1, 2, 6)), ("bias", (6,))]


def test_frames_of_volumes_are_images():
    """A window of one frame sees what Conv2D and the pooling of images see."""
    x = np.random.default_rng(0).standard_normal((2, 3, 9, 8, 4))
    frames = x.reshape(6, 9, 8, 4)
    three = layers.Conv3D(5, (1, 3, 2), strides=(1, 2, 1), padding="same")
    two = layers.Conv2D(5, (3, 2), strides=(2, 1), padding="same")
    y = three(x)
    two.ensure_built(frames.shape)
    two.set_weights([three.get_weights()[0][0], three.get_weights()[1]])
    np.testing.assert_array_equal(two(frames).reshape(y.shape), y)
    for deep, flat in ((WINDOWED[0], layers.MaxPooling2D), (WINDOWED[1], layers.AveragePooling2D)):
        y = deep((1, 2, 3))(x)
        np.testing.assert_array_equal(flat((2, 3))(frames).reshape(y.shape), y)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, (2, 1, 3)])
def test_convolution_is_the_formula(padding, strides):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((2, 5, 6, 7, 2))
    layer = layers.Conv3D(3, (3, 2, 4), strides=strides, padding=padding, dtype="float64")
    y = layer(x)
    w, steps = layer.kernel.numpy(), np.broadcast_to(strides, 3)
    before = [0, 0, 0]
    if padding == "same":
        axes = zip(y.shape[1:4], steps, w.shape, x.shape[1:4], strict=False)
        before = [max((count - 1) * step + window - size, 0) // 2 for count, step, window, size in axes]
    padded = np.pad(x, [(0, 0), *((begin, 9) for begin in before), (0, 0)])
    expected = np.zeros_like(y)
    for tap in itertools.product(*map(range, w.shape[:3])):
        seen = [slice(t, t + count * s, s) for t, count, s in zip(tap, y.shape[1:4], steps, strict=True)]
        expected += padded[:, seen[0], seen[1], seen[2]] @ w[tap]
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kernel_mode", ["reference"] + ["cython"] * bool(kernels.available_variants()))
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_winograds_method_gives_the_plain_sums(kernel_mode, padding):
    generator = np.random.default_rng(0)
    layer, shape = layers.Conv3D(16, 3, padding=padding), (3, 4, 9, 10, 6)
    layer.ensure_built(shape)
    x, dy = generator.standard_normal(shape), generator.standard_normal(layer.compute_output_shape(shape))
    results, used, before = [], [], config.winograd()
    try:
        for squares in (True, False):
            config.set_winograd(squares)
            expect_gradients(layer)
            results.append([*run(layer, x, dy, kernel_mode=kernel_mode), *(w.gradient for w in layer.weights)])
            used.append("forward_squares" in layer.buffers(shape))
    finally:
        config.set_winograd(before)
    assert used == [True, False]
    for mine, plain in zip(*results, strict=True):
        np.testing.assert_allclose(mine, plain, rtol=0, atol=1e-5 * np.abs(plain).max())


@pytest.mark.parametrize("cls", WINDOWED)
@pytest.mark.parametrize(
    "settings",
    [
        {"pool_size": 2},
        {"pool_size": (3, 2, 1), "strides": 1},
        {"pool_size": (2, 3, 2), "strides": (1, 2, 3), "padding": "same"},
        {"pool_size": 5, "padding": "same", "data_format": "channels_first"},
    ],
)
def test_gradients_of_pooling(cls, settings):
    testing.check_gradients(cls(dtype="float64", **settings), (2, 4, 3, 4, 2))


def test_a_mean_counts_the_pixels_inside():
    y = layers.AveragePooling3D(3, 2, padding="same", dtype="float64")(np.ones((1, 4, 3, 5, 1)))
    np.testing.assert_allclose(y, 1, rtol=1e-15)


def test_the_first_maximum_gets_the_gradient_and_nan_is_the_largest():
    x = np.zeros((1, 2, 2, 2, 2))
    x[0, 1, 0, 1, 1] = np.nan
    y, dx = run(layers.MaxPooling3D(dtype="float64"), x, 1.0)
    np.testing.assert_array_equal(y.ravel(), [0, np.nan])
    assert np.argwhere(dx).tolist() == [[0, 0, 0, 0, 0], [0, 1, 0, 1, 1]]


def test_a_maximum_needs_no_memory_when_predicting():
    layer = layers.MaxPooling3D()
    x, y = np.zeros((2, 4, 4, 4, 3), np.float32), np.empty((2, 2, 2, 2, 3), np.float32)
    assert layer.workspace(x, y, training=False).argmax is None
    assert layer.workspace(x, y, training=False).frames_argmax is None
    assert layer.workspace(x, y, training=True).frames_argmax.shape == (2, 4, 2, 2, 3)


@pytest.mark.parametrize("cls", GLOBAL)
def test_global_output_shape(cls):
    assert cls().compute_output_shape((None, 7, 5, 3, 4)) == (None, 4)
    assert cls("channels_first", True).compute_output_shape((3, 4, None, 5, 3)) == (3, 4, 1, 1, 1)
    with pytest.raises(ValueError, match="volumes without pixels"):
        cls().compute_output_shape((None, 0, 5, 3, 4))


def test_learns_to_tell_directions():
    """Whether a bright frame moves up or down the depth shows in windows of two frames alone."""
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x = np.zeros((80, 4, 4, 4, 1), "float32")
    labels = generator.integers(0, 2, 80)
    for volume, label, frame in zip(x, labels, generator.integers(0, 3, 80), strict=True):
        volume[frame : frame + 2] = np.array([1, 2])[:: 2 * label - 1, None, None, None]
    model = keras.Sequential(
        [
            keras.Input((4, 4, 4, 1)),
            layers.Conv3D(4, 2, activation="relu"),
            layers.MaxPooling3D((3, 2, 2), 1),
            layers.GlobalAveragePooling3D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert model.fit(x, labels, epochs=40, verbose=0).history["accuracy"][-1] > 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel_size": (3, 3)}, r"a tuple of 3 integers, at least 1; received \(3, 3\)"),
        ({"padding": "causal"}, '`padding` must be "valid" or "same"; received .causal.'),
        ({"strides": 2, "dilation_rate": 2}, r"Received: strides=\(2, 2, 2\) and dilation_rate=\(2, 2, 2\)"),
        ({"groups": 3}, "Received: groups=3, filters=4"),
    ],
)
def test_wrong_arguments_of_a_convolution(settings, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv3D(**{"filters": 4, "kernel_size": 3, **settings})


@pytest.mark.parametrize("cls", WINDOWED)
def test_wrong_arguments_of_pooling(cls):
    with pytest.raises(ValueError, match=r"a tuple of 3 integers, at least 1; received \(2, 2\)"):
        cls((2, 2))
    with pytest.raises(ValueError, match=r"pool_size=\(4, 2, 2\), is larger than the volume, \(3, 5, 5\)"):
        cls((4, 2, 2))(np.zeros((1, 3, 5, 5, 1)))


def test_windows_of_too_many_pixels():
    assert layers.MaxPooling3D(256).pool_size == (256, 256, 256)
    for size in ((1, 256, 257), (65537, 1, 1)):
        with pytest.raises(ValueError, match=r"at most 65,536 pixels.*GlobalMaxPooling3D takes .* a whole volume"):
            layers.MaxPooling3D(size)


@pytest.mark.parametrize("layer", [layers.Conv3D(2, 2), layers.MaxPooling3D(), layers.GlobalMaxPooling3D()])
def test_input_must_be_volumes(layer):
    with pytest.raises(ValueError, match=r"expected ndim=5 \(batch, depth, height, width, channels\), found ndim=4"):
        layer(np.zeros((2, 4, 4, 1)))


def test_windows_larger_than_the_volume():
    with pytest.raises(ValueError, match=r"kernel_size=\(3, 3, 3\), is larger than the volume, \(2, 8, 8\)"):
        layers.Conv3D(2, 3)(np.zeros((1, 2, 8, 8, 1)))


@pytest.mark.parametrize("pool", WINDOWED)
def test_with_pooling_in_a_model(pool):
    """A first convolution before a maximum may run in slabs; so large a batch must train as its parts do."""
    x = np.random.default_rng(0).standard_normal((16, 6, 18, 18, 2)).astype("float32")
    model = keras.Sequential([keras.Input(x.shape[1:]), layers.Conv3D(32, 3, activation="relu"), pool(2)])
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    start = model.get_weights()
    total = [np.zeros_like(weight) for weight in start]
    for part in np.split(x, 4):
        model.set_weights(start)
        model.train_on_batch(part, np.ones((4, 1)))
        total = [sums + (new - old) / 4 for sums, new, old in zip(total, model.get_weights(), start, strict=True)]
    model.set_weights(start)
    model.train_on_batch(x, np.ones((16, 1)))
    for new, old, change in zip(model.get_weights(), start, total, strict=True):
        np.testing.assert_allclose(new - old, change, rtol=1e-3, atol=1e-5 * np.abs(change).max())
