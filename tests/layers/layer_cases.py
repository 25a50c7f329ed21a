"""Every layer with arguments and an input shape, for the tests that run all of them."""

IMAGES = (2, 5, 6, 3)

# For each layer: constructor arguments and an input shape, as often as it has ways to work.
CASES = {
    "Activation": [({"activation": "tanh"}, (3, 4)), ({"activation": "softmax"}, (2, 3, 4))],
    "AveragePooling2D": [
        ({}, IMAGES),
        ({"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}, IMAGES),
        ({"pool_size": 2, "data_format": "channels_first"}, IMAGES),
    ],
    "BatchNormalization": [
        ({}, (4, 3)),
        ({"scale": False, "epsilon": 0.1}, IMAGES),
        ({"center": False, "axis": 1}, IMAGES),
    ],
    "Conv2D": [
        ({"filters": 4, "kernel_size": 3}, IMAGES),
        ({"filters": 2, "kernel_size": (2, 3), "strides": (2, 1), "padding": "same", "activation": "tanh"}, IMAGES),
        ({"filters": 2, "kernel_size": 2, "dilation_rate": (2, 3), "use_bias": False}, IMAGES),
        ({"filters": 6, "kernel_size": 2, "groups": 3}, IMAGES),
        ({"filters": 2, "kernel_size": 3, "padding": "same", "data_format": "channels_first"}, IMAGES),
        ({"filters": 4, "kernel_size": 2, "activation": "sigmoid", "data_format": "channels_first"}, IMAGES),
    ],
    "Dense": [
        ({"units": 3}, (4, 5)),
        ({"units": 3, "activation": "tanh", "use_bias": False}, (2, 3, 4)),
        ({"units": 3, "activation": "softmax"}, (4, 5)),
        ({"units": 3, "activation": "swish"}, (4, 5)),
    ],
    "Dropout": [({"rate": 0.4, "seed": 1}, (4, 5)), ({"rate": 0.5, "noise_shape": (None, 1, 3), "seed": 1}, (2, 4, 3))],
    "ELU": [({}, (3, 4)), ({"alpha": 0.5}, (3, 4))],
    "Flatten": [({}, (2, 3, 4)), ({"data_format": "channels_first"}, IMAGES), ({}, (3, 4))],
    "GlobalAveragePooling2D": [({}, IMAGES), ({"keepdims": True, "data_format": "channels_first"}, IMAGES)],
    "GlobalMaxPooling2D": [({}, IMAGES), ({"keepdims": True, "data_format": "channels_first"}, IMAGES)],
    "LeakyReLU": [({}, (3, 4)), ({"negative_slope": 0.1}, IMAGES)],
    "MaxPooling2D": [
        ({}, IMAGES),
        ({"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}, IMAGES),
        ({"pool_size": 2, "data_format": "channels_first"}, IMAGES),
    ],
    "PReLU": [({}, (3, 4)), ({"shared_axes": [1, 2]}, IMAGES)],
    "ReLU": [({}, (3, 4)), ({"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.35}, (3, 4))],
    "Reshape": [({"target_shape": (2, 6)}, (2, 3, 4)), ({"target_shape": (-1, 2)}, (2, 3, 4))],
    "Softmax": [({}, (3, 4)), ({"axis": 1}, (2, 3, 4)), ({"axis": [1, 2]}, (2, 3, 4))],
    "Cropping1D": [({}, (2, 5, 3)), ({"cropping": (0, 2)}, (2, 5, 3))],
    "Cropping2D": [
        ({"cropping": ((1, 0), (2, 1))}, IMAGES),
        ({"cropping": (0, 1), "data_format": "channels_first"}, IMAGES),
    ],
    "Cropping3D": [
        ({}, (2, 3, 4, 3, 2)),
        ({"cropping": (1, 0, (0, 1)), "data_format": "channels_first"}, (2, 1, 3, 2, 3)),
    ],
    "Identity": [({}, (2, 3, 4))],
    "Permute": [({"dims": (2, 1)}, (2, 3, 4)), ({"dims": (3, 1, 2)}, IMAGES), ({"dims": (1, 2)}, (2, 3, 4))],
    "RepeatVector": [({"n": 3}, (2, 4))],
    "Rescaling": [({"scale": 1 / 255, "offset": -0.5}, IMAGES), ({"scale": [1, 2, 3]}, (2, 3))],
    "UpSampling1D": [({}, (2, 3, 4)), ({"size": 3}, (2, 3, 4))],
    "UpSampling2D": [
        ({"size": (3, 2)}, (2, 2, 3, 2)),
        ({"size": (2, 3), "data_format": "channels_first"}, (2, 2, 3, 2)),
        ({"size": (2, 3), "interpolation": "bilinear"}, (2, 2, 3, 2)),
        ({"size": (3, 2), "interpolation": "bilinear", "data_format": "channels_first"}, (2, 2, 3, 2)),
    ],
    "UpSampling3D": [({}, (2, 2, 1, 2, 3)), ({"size": (1, 2, 3), "data_format": "channels_first"}, (2, 2, 1, 2, 3))],
    "ZeroPadding1D": [({}, (2, 3, 4)), ({"padding": (0, 2), "data_format": "channels_first"}, (2, 3, 4))],
    "ZeroPadding2D": [
        ({}, (2, 2, 3, 2)),
        ({"padding": ((1, 0), (2, 3)), "data_format": "channels_first"}, (2, 2, 3, 2)),
    ],
    "ZeroPadding3D": [({"padding": (1, 0, 2)}, (2, 1, 2, 3, 2)), ({"data_format": "channels_first"}, (2, 2, 1, 2, 1))],
    "GroupNormalization": [
        ({"groups": 2}, (2, 3, 2, 4)),
        ({"groups": -1, "axis": 1, "epsilon": 0.1}, (2, 3, 2, 4)),
        ({"groups": 1, "scale": False}, (2, 3, 4)),
        ({"groups": 3, "center": False}, (2, 6)),
    ],
    "LayerNormalization": [
        ({}, (3, 4)),
        ({"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4)),
        ({"axis": 1, "scale": False}, IMAGES),
        ({"axis": [3, 1], "center": False}, (2, 3, 2, 4)),
    ],
    "RMSNormalization": [({}, (3, 4)), ({"axis": 1}, (2, 3, 4)), ({"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4))],
    "UnitNormalization": [({}, (3, 4)), ({"axis": [1, 2]}, (2, 3, 4))],
    "ActivityRegularization": [({"l1": 0.1, "l2": 0.2}, (3, 4)), ({}, IMAGES)],
    "AlphaDropout": [
        ({"rate": 0.4, "seed": 1}, (4, 5)),
        ({"rate": 0.5, "noise_shape": (None, 1, 3), "seed": 1}, (2, 4, 3)),
        ({"rate": 0}, (3, 4)),
    ],
    "GaussianDropout": [({"rate": 0.4, "seed": 1}, (4, 5)), ({"rate": 0}, (3, 4))],
    "GaussianNoise": [({"stddev": 0.4, "seed": 1}, (4, 5)), ({"stddev": 0}, (3, 4))],
    "SpatialDropout1D": [({"rate": 0.4, "seed": 1}, (4, 3, 5))],
    "SpatialDropout2D": [({"rate": 0.4, "seed": 1}, IMAGES), ({"rate": 0.4, "data_format": "channels_first"}, IMAGES)],
    "SpatialDropout3D": [
        ({"rate": 0.4, "seed": 1}, (2, 2, 1, 3, 4)),
        ({"rate": 0.4, "data_format": "channels_first", "seed": 1}, (2, 3, 1, 3, 2)),
    ],
    "AveragePooling1D": [
        ({"pool_size": 2}, (2, 5, 3)),
        ({"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 3)),
        ({"pool_size": 2, "strides": 1, "data_format": "channels_first"}, (2, 3, 5)),
    ],
    "GlobalAveragePooling1D": [({}, (2, 5, 3)), ({"keepdims": True, "data_format": "channels_first"}, (2, 3, 5))],
    "GlobalMaxPooling1D": [({}, (2, 5, 3)), ({"keepdims": True, "data_format": "channels_first"}, (2, 3, 5))],
    "MaxPooling1D": [
        ({}, (2, 5, 3)),
        ({"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 3)),
        ({"pool_size": 2, "strides": 1, "data_format": "channels_first"}, (2, 3, 5)),
    ],
}
