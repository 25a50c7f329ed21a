"""What older versions of Keras called things: the one table that reading configs needs.

Nothing here is tied to one layer unless it must be. A name of an argument is taken for an older one only where the
class does not know it, and then stands for the first of its successors that the class does know; so a layer that is
added to the library later is read in all its older forms without a word here.
"""

ANYTHING = object()  # a dead argument that never changed a result

CLASSES = {
    "Model": "Functional",
    "ModelV2": "Functional",
    "KullbackLeiblerDivergence": "KLDivergence",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "LSTMV1": "LSTM",
    "LSTMV2": "LSTM",
    "GRUV1": "GRU",
    "GRUV2": "GRU",
    "ThresholdedReLU": "ReLU",
    # Keras 1 penalties and projections.
    "WeightRegularizer": "L1L2",
    "L1L2Regularizer": "L1L2",
    "L1Regularizer": "L1",
    "L2Regularizer": "L2",
    "ActivityRegularizer": "L1L2",
}

# Classes that keep Python code, or a call into TensorFlow, in the file.
CODE = (
    "TFOpLambda",
    "SlicingOpLambda",
    "ClassMethod",
    "TensorFlowOpLayer",
    "TFSMLayer",
    "TorchModuleWrapper",
)

# Successors of an argument, the first that the class knows.
ARGUMENTS = {
    # Keras 1
    "output_dim": ("units",),
    "nb_filter": ("filters",),
    "filter_length": ("kernel_size",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
    "stride": ("strides",),
    "pool_length": ("pool_size",),
    "length": ("size",),
    "atrous_rate": ("dilation_rate",),
    "border_mode": ("padding",),
    "dim_ordering": ("data_format",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "m": ("max_value",),
    "bias": ("use_bias",),
    "init": ("kernel_initializer", "embeddings_initializer", "alpha_initializer"),
    "inner_init": ("recurrent_initializer",),
    "forget_bias_init": ("unit_forget_bias",),
    "inner_activation": ("recurrent_activation",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "U_constraint": ("recurrent_constraint",),
    "b_constraint": ("bias_constraint",),
    "dropout_W": ("dropout",),
    "dropout_U": ("recurrent_dropout",),
    "lr": ("learning_rate",),
    # Keras 2
    "batch_input_shape": ("batch_shape",),
    "alpha": ("negative_slope",),
    "theta": ("threshold",),
}

# Several arguments that became one.
JOINED = {"kernel_size": (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))}

# Values of the arguments above, by the older name.
VALUES = {
    "dim_ordering": {"th": "channels_first", "tf": "channels_last", "default": None},
    "forget_bias_init": {"one": True, "zero": False, "ones": True, "zeros": False},
}

# Arguments that only one class has under this name, or in this meaning.
ARGUMENTS_OF = {"InputLayer": {"input_dtype": "dtype"}}

# What a class must be told to compute what it did, or one of an older name did, where the file does not say it.
SETTINGS = {
    "CuDNNGRU": {"reset_after": True},
    **{
        name: {"data_format": "channels_last"}
        for name in ("ZeroPadding1D", "RandomFlip", "RandomBrightness", "RandomContrast")
    },
}

# Arguments that are gone, with the values that change nothing. Where a class knows one of them, it is not looked at.
DEAD = {
    # the input of a first layer, which an InputLayer says
    "batch_input_shape": ANYTHING,
    "input_shape": ANYTHING,
    "input_dim": ANYTHING,
    "input_length": ANYTHING,
    "input_dtype": ANYTHING,
    "batch_size": ANYTHING,
    # how something is computed, not what
    "implementation": ANYTHING,
    "consume_less": ANYTHING,
    "autocast": ANYTHING,
    "dynamic": (False,),
    "fused": ANYTHING,
    "jit_compile": ANYTHING,
    "loss_scale_factor": ANYTHING,
    "is_legacy_optimizer": ANYTHING,
    "schedule_decay": ANYTHING,
    "rng_type": ANYTHING,
    "dtype": ANYTHING,
    "fn": ANYTHING,  # a loss's own function, beside its class
    # what kerasnp does not have
    "sparse": (False, None),
    "ragged": (False, None),
    "optional": (False, None),
    "time_major": (False, None),
    "zero_output_for_mask": ANYTHING,  # where there are masks, a layer knows it
    "synchronized": (False, None),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "renorm": (False, None),
    "renorm_clipping": ANYTHING,
    "renorm_momentum": ANYTHING,
    "mode": (0,),
    "groups": (1,),
    "lora_rank": (None,),
    "lora_alpha": ANYTHING,
    "quantization_config": (None,),
    "input_axes": (None,),
    "output_axes": (None,),
    "activity_regularizer": (None,),
    "seed": (None,),
    "decay": (0, None),
    "gradient_accumulation_steps": (None,),
    "axis": (-1, [-1]),
    "ignore_class": (None,),
    "data_format": ("channels_last", None),
}

# Written by Keras 2, which took them over from plain convolutions and never read them.
_NEVER_READ = dict.fromkeys(("filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint"), ANYTHING)
DEAD_OF = {
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D"), _NEVER_READ),
    "RandomRotation": {"value_range": ANYTHING},  # written by the first versions of Keras 3, and never read
}

# Arguments that were a list of one number.
SCALARS = {"BatchNormalization": ("axis",)}

# Where the values of arguments belong, by the end of the argument's name, for objects that do not say it.
HOMES = {
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "activation": "keras.activations",
    "learning_rate": "keras.optimizers.schedules",
    "layer": "keras.layers",
    "layers": "keras.layers",
    "cell": "keras.layers",
    "cells": "keras.layers",
}

# The order in which an object that does not say its module is looked for.
MODULES = (
    "keras.layers",
    "keras",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.activations",
    "keras.losses",
    "keras.metrics",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.random",
)

# Where objects of these homes may come from: an initializer is no layer, whatever the file says.
ONLY_HOMES = {
    "keras.initializers": ("keras.initializers",),
    "keras.regularizers": ("keras.regularizers",),
    "keras.constraints": ("keras.constraints",),
    "keras.optimizers.schedules": ("keras.optimizers.schedules",),
    "keras.losses": ("keras.losses", "keras.metrics"),
    "keras.metrics": ("keras.metrics", "keras.losses"),
}

# Classes that hand further arguments on to a function.
OPEN = ("LossFunctionWrapper", "MeanMetricWrapper")

# Names of functions that are known by another one today.
NAMES = {
    "keras.losses": {
        "huber_loss": "huber",
        "kullback_leibler_divergence": "kl_divergence",
        "cosine_proximity": "cosine_similarity",
        "cosine": "cosine_similarity",
    },
    "keras.metrics": {
        "kullback_leibler_divergence": "kl_divergence",
        "cosine_proximity": "cosine_similarity",
        "cosine": "cosine_similarity",
    },
    "keras.constraints": {
        "maxnorm": "max_norm",
        "nonneg": "non_neg",
        "unitnorm": "unit_norm",
    },
    "keras.regularizers": {"l1l2": "l1_l2"},
}

# Names of functions whose formula has changed since Keras 2.
FORMULAS = {"hard_sigmoid": "hard_sigmoid_keras2"}
