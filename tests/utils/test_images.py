"""Images as arrays and files, and resizing; the resized values are TensorFlow's."""

import io
import sys

import numpy as np
import pytest

from kerasnp import config, utils
from kerasnp.preprocessing import image
from kerasnp.utils.resizing import INTERPOLATIONS, resize, taps

PIXELS = np.arange(24, dtype="uint8").reshape(2, 4, 3) * 10


def test_arrays_and_images():
    img = utils.array_to_img(PIXELS, scale=False)
    assert (img.mode, img.size) == ("RGB", (4, 2))
    back = utils.img_to_array(img)
    assert back.dtype == np.float32
    assert np.array_equal(back, PIXELS)
    first = utils.img_to_array(img, data_format="channels_first", dtype="uint8")
    assert (first.dtype, first.shape) == (np.uint8, (3, 2, 4))
    assert np.array_equal(utils.img_to_array(utils.array_to_img(first, "channels_first", False)), PIXELS)


def test_channels():
    assert utils.array_to_img(np.ones((2, 3, 1))).mode == "L"
    assert utils.array_to_img(np.full((2, 3, 1), 300), scale=False).mode == "I"
    assert utils.array_to_img(np.ones((2, 3, 4))).mode == "RGBA"
    assert utils.img_to_array(np.ones((2, 3))).shape == (2, 3, 1)
    for shape, message in (((2, 3), "rank 3"), ((2, 3, 2), "Unsupported channel number: 2")):
        with pytest.raises(ValueError, match=message):
            utils.array_to_img(np.ones(shape))
    with pytest.raises(ValueError, match="Unsupported image shape"):
        utils.img_to_array(np.ones(3))


def test_scale():
    img = utils.array_to_img(np.array([[[-1.0], [0.0]], [[0.5], [1.0]]]))
    assert np.asarray(img).tolist() == [[0, 127], [191, 255]]
    assert np.asarray(utils.array_to_img(np.zeros((1, 2, 1)))).tolist() == [[0, 0]]


@pytest.mark.parametrize("name", ["a.png", "a.bmp"])
def test_files(tmp_path, name):
    utils.save_img(tmp_path / name, PIXELS, scale=False)
    assert np.array_equal(utils.img_to_array(utils.load_img(tmp_path / name)), PIXELS)
    assert np.array_equal(utils.img_to_array(utils.load_img(io.BytesIO((tmp_path / name).read_bytes()))), PIXELS)
    assert utils.load_img(str(tmp_path / name), color_mode="grayscale").mode == "L"
    assert utils.load_img(tmp_path / name, color_mode="rgba").mode == "RGBA"


def test_jpeg_has_no_alpha(tmp_path):
    with pytest.warns(UserWarning, match="JPEG format does not support RGBA"):
        utils.save_img(tmp_path / "a.jpg", np.zeros((4, 4, 4)))
    assert utils.load_img(tmp_path / "a.jpg").size == (4, 4)


def test_target_size(tmp_path):
    utils.save_img(tmp_path / "a.png", PIXELS, scale=False)
    wide = utils.load_img(tmp_path / "a.png", target_size=(1, 2))
    assert np.array_equal(np.asarray(wide), PIXELS[1:, 1::2])
    kept = utils.load_img(tmp_path / "a.png", target_size=(2, 2), keep_aspect_ratio=True)
    assert np.array_equal(np.asarray(kept), PIXELS[:, 1:3])
    with pytest.raises(ValueError, match="Invalid interpolation method wrong"):
        utils.load_img(tmp_path / "a.png", target_size=(1, 1), interpolation="wrong")
    with pytest.raises(ValueError, match="color_mode must be"):
        utils.load_img(tmp_path / "a.png", color_mode="cmyk")
    with pytest.raises(TypeError, match="path should be path-like"):
        utils.load_img(3)


def test_without_pillow_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"load_img needs Pillow, .*pip install pillow"):
        utils.load_img("a.png")


def test_smart_resize():
    x = np.arange(2 * 6, dtype="float32").reshape(2, 6, 1)
    assert image.smart_resize(x, (2, 2))[..., 0].tolist() == [[2, 3], [8, 9]]
    assert image.smart_resize(x[None].transpose(0, 3, 1, 2), (1, 1), data_format="channels_first").tolist() == [
        [[[5.5]]]
    ]
    with pytest.raises(ValueError, match="incorrect rank"):
        image.smart_resize(x[0], (2, 2))
    with pytest.raises(ValueError, match="tuple of 2 integers"):
        image.smart_resize(x, (2,))


# -- resizing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(("size", "new_size"), [(5, 5), (5, 8), (8, 3), (1, 4), (4, 1)])
def test_taps(interpolation, antialias, size, new_size):
    forward, back = (taps(size, new_size, interpolation, antialias, transposed) for transposed in (False, True))
    np.testing.assert_allclose(forward.weights.sum(1), 1)
    x, dy = np.random.default_rng(1).standard_normal((2, 9))
    x, dy = x[:size], dy[:new_size]
    np.testing.assert_allclose(forward.apply(x, 0) @ dy, x @ back.apply(dy, 0))
    assert forward.apply(np.ones(size), 0).tolist() == pytest.approx([1] * new_size)


def test_types():
    x = np.arange(8, dtype="uint8").reshape(1, 2, 4, 1)
    assert resize(x, (4, 4), (1, 2), "nearest").dtype == np.uint8
    assert resize(x, (4, 4), (1, 2)).dtype == np.float32
    assert resize(x.astype("float64"), (4, 4), (1, 2)).dtype == np.float64
    with pytest.raises(ValueError, match="Invalid `interpolation` argument"):
        resize(x, (4, 4), (1, 2), "best")
    assert config.image_data_format() == "channels_last"
