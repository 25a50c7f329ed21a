"""Names of Keras that kerasnp leaves out on purpose, and what to use instead.

A module says ``__getattr__ = absent.finder(__name__)``: its missing names then tell why they are missing.
"""

import opcode
import sys
from collections.abc import Callable
from types import FrameType

_INPUTS = "it takes several inputs, and models here are chains of layers with one"
_VISION = "use the simpler image layers, such as RandomFlip or RandomContrast, or a layer of your own"
_WRAPPED = "it runs the code of another framework"
_HALF = "it serves training in float16, which is slower than float32 on a CPU: compute in float32"
_QUANTIZED = "int8 and float8 models are not supported: weights are float32 or float64"
_DEVICES = "kerasnp is one process on one CPU; config.set_num_threads says on how many threads"
_GRAPH = "there is no symbolic graph: models are chains of layers, and layers compute arrays"
_TREES = "nested inputs do not occur in chains of layers; use lists and dictionaries of Python"
_PLOTS = "use matplotlib"

# Module (without "kerasnp."; "" is the package itself) to pairs of names and a reason.
_ABSENT: dict[str, list[tuple[str, str]]] = {
    "": [
        ("applications", "pretrained models are not shipped; load the files of real Keras with saving.load_model"),
        ("distillation", "train the smaller model on the predictions of the larger one"),
        ("export", "call model.export(path, format='onnx'), or save models as .keras files, which real Keras opens"),
        ("legacy src", "it holds the internals of Keras"),
        ("quantizers Quantizer", _QUANTIZED),
        ("tree", _TREES),
        ("visualization", _PLOTS),
        ("Function Operation RematScope remat StatelessScope SymbolicScope", _GRAPH),
    ],
    "layers": [
        ("Add Average Concatenate Dot Maximum Minimum Multiply Subtract", _INPUTS),
        ("add average concatenate dot maximum minimum multiply subtract", _INPUTS),
        ("Attention AdditiveAttention MultiHeadAttention GroupQueryAttention", _INPUTS),
        ("Conv3DTranspose Convolution3DTranspose", "use UpSampling3D and Conv3D"),
        ("AdaptiveAveragePooling1D AdaptiveMaxPooling1D", "use AveragePooling1D, MaxPooling1D or the global ones"),
        ("AdaptiveAveragePooling2D AdaptiveMaxPooling2D", "use AveragePooling2D, MaxPooling2D or the global ones"),
        ("AdaptiveAveragePooling3D AdaptiveMaxPooling3D", "use AveragePooling3D, MaxPooling3D or the global ones"),
        ("SpectralNormalization", "use UnitNormalization, or a constraint such as MaxNorm"),
        ("ConvLSTM1D ConvLSTM2D ConvLSTM3D", "use convolutions with TimeDistributed, then LSTM"),
        ("AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization", _VISION),
        ("MaxNumBoundingBoxes MixUp RandAugment RandomColorDegeneration RandomColorJitter", _VISION),
        ("RandomElasticTransform RandomErasing RandomGaussianBlur RandomGrayscale RandomHue RandomInvert", _VISION),
        ("RandomPerspective RandomPosterization RandomSaturation RandomSharpness RandomShear Solarization", _VISION),
        ("MelSpectrogram STFTSpectrogram", "compute spectrograms beforehand, such as with scipy.signal"),
        ("ReversibleEmbedding", "use Embedding and Dense"),
        ("FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper", _WRAPPED),
    ],
    "optimizers": [
        ("LossScaleOptimizer", _HALF),
        ("MultiOptimizer OptimizerMap", "one optimizer trains all weights; freeze layers to train the others alone"),
    ],
    "optimizers.legacy": [
        ("Adadelta Adagrad Adam Adamax Ftrl Nadam Optimizer RMSprop SGD", "use the class of that name in optimizers"),
    ],
    "losses": [
        (
            "CategoricalGeneralizedCrossEntropy categorical_generalized_cross_entropy",
            "use CategoricalCrossentropy with label_smoothing, or a Loss of your own",
        ),
        ("Circle circle", "write a Loss of your own, with call and gradient"),
        ("CTC ctc", "speech recognition is out of scope"),
    ],
    "losses.legacy": [("Reduction", "pass the name: reduction='sum_over_batch_size', 'sum' or 'none'")],
    "metrics": [
        (
            "PearsonCorrelation ConcordanceCorrelation pearson_correlation concordance_correlation",
            "use R2Score, or a Metric of your own",
        ),
    ],
    "callbacks": [
        ("RemoteMonitor", "kerasnp opens no network connections; use LambdaCallback with a library of your choice"),
        ("OrbaxCheckpoint", "use ModelCheckpoint or BackupAndRestore"),
    ],
    "initializers": [("STFT STFTInitializer stft", "it belongs to the audio layers, which are left out")],
    "utils": [
        ("audio_dataset_from_directory", "read the files with scipy.io.wavfile and pass arrays or a PyDataset"),
        ("FeatureSpace", "use sklearn.compose.ColumnTransformer with wrappers.SKLearnClassifier"),
        ("bounding_boxes", "boxes are out of scope"),
        ("get_source_inputs is_keras_tensor", _GRAPH),
        ("standardize_dtype", "use numpy.dtype(...).name"),
        ("Config", "use a dictionary"),
        ("legacy", "it holds the internals of Keras"),
    ],
    "distribution": [
        ("DataParallel DeviceMesh LayoutMap ModelParallel TensorLayout distribute_tensor distribution", _DEVICES),
        ("get_device_count initialize set_distribution", _DEVICES),
    ],
    "config": [
        ("enable_flash_attention disable_flash_attention is_flash_attention_enabled", "attention layers are left out"),
        ("is_nnx_enabled", "it belongs to JAX"),
    ],
    "random": [("beta binomial gamma", "use numpy.random.Generator")],
    "dtype_policies": [
        ("DTypePolicyMap QuantizedDTypePolicy QuantizedFloat8DTypePolicy Int4DTypePolicy", _QUANTIZED),
        ("GPTQDTypePolicy AWQDTypePolicy", _QUANTIZED),
    ],
    "mixed_precision": [("LossScaleOptimizer", _HALF)],
    "backend": [
        ("is_float_dtype is_int_dtype result_type standardize_dtype", "use numpy.issubdtype and numpy.result_type"),
        ("is_keras_tensor", _GRAPH),
    ],
}

REASONS: dict[str, dict[str, str]] = {
    module: {name: reason for names, reason in entries for name in names.split()} for module, entries in _ABSENT.items()
}


def finder(module: str, lazy: Callable[[str], object] | None = None) -> Callable[[str], object]:
    """Returns the ``__getattr__`` of a module.

    Args:
        module: its ``__name__``.
        lazy: returns what the module has but loads on first use, or raises a KeyError.

    Returns:
        A function that raises an AttributeError for missing names; in ``from module import name`` an ImportError, as
        that statement hides the text of an AttributeError.
    """
    reasons = REASONS.get(module.partition(".")[2], {})

    def __getattr__(name: str):  # noqa: N807 (it becomes the module's)
        if lazy is not None:
            try:
                return lazy(name)
            except KeyError:
                pass
        if name not in reasons:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        message = f"{module}.{name} of Keras is not in kerasnp: {reasons[name]}."
        if _imports(sys._getframe(1)):
            raise ImportError(message, name=module)
        raise AttributeError(message)

    return __getattr__


def _imports(frame: FrameType) -> bool:
    """Tells whether a frame stands at ``from ... import name``; for packages Python's own code asks first."""
    code = frame.f_code
    return code.co_name == "_handle_fromlist" or code.co_code[frame.f_lasti] == opcode.opmap["IMPORT_FROM"]
