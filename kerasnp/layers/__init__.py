"""Layers: one file a family."""

from kerasnp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from kerasnp.layers.base import Layer, deserialize, get, serialize
from kerasnp.layers.borders import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from kerasnp.layers.convolutional import Conv2D
from kerasnp.layers.convolutional1d import Conv1D
from kerasnp.layers.core import Dense, Identity, Input, InputLayer
from kerasnp.layers.group_normalization import GroupNormalization
from kerasnp.layers.layer_normalization import LayerNormalization, RMSNormalization
from kerasnp.layers.noise import AlphaDropout, GaussianDropout, GaussianNoise
from kerasnp.layers.normalization import BatchNormalization
from kerasnp.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from kerasnp.layers.pooling1d import (
    AveragePooling1D,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    MaxPooling1D,
)
from kerasnp.layers.prelu import PReLU
from kerasnp.layers.regularization import ActivityRegularization, Dropout
from kerasnp.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from kerasnp.layers.scaling import Normalization, Rescaling
from kerasnp.layers.spatial_dropout import SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from kerasnp.layers.unit_normalization import UnitNormalization
from kerasnp.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D

AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
Convolution1D = Conv1D
Convolution2D = Conv2D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "AveragePooling1D",
    "AveragePooling2D",
    "AvgPool1D",
    "AvgPool2D",
    "BatchNormalization",
    "Conv1D",
    "Conv2D",
    "Convolution1D",
    "Convolution2D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GroupNormalization",
    "Identity",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPooling1D",
    "MaxPooling2D",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "deserialize",
    "get",
    "serialize",
]
