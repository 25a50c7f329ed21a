"""Layers: one file a family."""

from kerasnp import absent
from kerasnp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from kerasnp.layers.base import Layer, deserialize, get, serialize
from kerasnp.layers.bidirectional import Bidirectional
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
from kerasnp.layers.convolutional3d import Conv3D
from kerasnp.layers.core import Dense, Identity, Input, InputLayer
from kerasnp.layers.depthwise import DepthwiseConv2D
from kerasnp.layers.depthwise1d import DepthwiseConv1D
from kerasnp.layers.discretization import Discretization
from kerasnp.layers.einsum_dense import EinsumDense
from kerasnp.layers.embedding import Embedding
from kerasnp.layers.encoding import CategoryEncoding
from kerasnp.layers.group_normalization import GroupNormalization
from kerasnp.layers.gru import GRU, GRUCell
from kerasnp.layers.hashing import HashedCrossing, Hashing
from kerasnp.layers.lambda_layer import Lambda
from kerasnp.layers.layer_normalization import LayerNormalization, RMSNormalization
from kerasnp.layers.lookups import IntegerLookup, StringLookup
from kerasnp.layers.lstm import LSTM, LSTMCell
from kerasnp.layers.masking import Masking
from kerasnp.layers.noise import AlphaDropout, GaussianDropout, GaussianNoise
from kerasnp.layers.normalization import BatchNormalization
from kerasnp.layers.pipeline import Pipeline
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
from kerasnp.layers.pooling3d import (
    AveragePooling3D,
    GlobalAveragePooling3D,
    GlobalMaxPooling3D,
    MaxPooling3D,
)
from kerasnp.layers.prelu import PReLU
from kerasnp.layers.random_affine import RandomRotation, RandomTranslation, RandomZoom
from kerasnp.layers.random_colors import RandomBrightness, RandomContrast
from kerasnp.layers.random_flips import RandomCrop, RandomFlip
from kerasnp.layers.recurrent import RNN
from kerasnp.layers.regularization import ActivityRegularization, Dropout
from kerasnp.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from kerasnp.layers.resizing import CenterCrop, Resizing
from kerasnp.layers.scaling import Normalization, Rescaling
from kerasnp.layers.separable import SeparableConv2D
from kerasnp.layers.separable1d import SeparableConv1D
from kerasnp.layers.simple_rnn import SimpleRNN, SimpleRNNCell
from kerasnp.layers.spatial_dropout import SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from kerasnp.layers.stacked_cells import StackedRNNCells
from kerasnp.layers.text_vectorization import TextVectorization
from kerasnp.layers.transposed import Conv2DTranspose
from kerasnp.layers.transposed1d import Conv1DTranspose
from kerasnp.layers.unit_normalization import UnitNormalization
from kerasnp.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from kerasnp.layers.wrapper import TimeDistributed, Wrapper
from kerasnp.symbols import InputSpec

AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
Convolution3D = Conv3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "IntegerLookup",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Normalization",
    "PReLU",
    "Permute",
    "Pipeline",
    "RMSNormalization",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "StackedRNNCells",
    "StringLookup",
    "TextVectorization",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "deserialize",
    "get",
    "serialize",
]

__getattr__ = absent.finder(__name__)
