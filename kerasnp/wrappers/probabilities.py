"""From a model's outputs to probabilities and scores of classes."""

import numpy as np

from kerasnp.activations import sigmoid, softmax

_PROBABILITIES = ("sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax")


def _from_logits(model) -> bool:
    return bool(getattr(model.loss_object, "from_logits", False))


def gives_probabilities(model) -> bool:
    """Tells whether outputs are probabilities, or logits by what the loss says."""
    if _from_logits(model):
        return True
    activation = model.leaf_layers()[-1].output_activation
    return hasattr(model.loss_object, "from_logits") or (activation is not None and activation.name in _PROBABILITIES)


def probabilities(outputs: np.ndarray, model, multilabel: bool) -> np.ndarray:
    """Returns the probability of each class (samples, classes), or of each label."""
    if _from_logits(model):
        outputs = sigmoid(outputs) if multilabel or outputs.shape[1] == 1 else softmax(outputs)
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 and not multilabel else outputs


def log_odds(outputs: np.ndarray, model, multilabel: bool) -> np.ndarray:
    """Returns scores, of which the greatest belongs to the most likely class; for two classes those of the second.

    They are computed in double precision, so that they keep the order of the probabilities, and stay finite.
    """
    columns = outputs.shape[1]
    if not gives_probabilities(model):
        middle = 0.0 if "hinge" in model.loss_object.name else 0.5  # labels are -1 and 1, or 0 and 1
        scores = outputs - middle if multilabel or columns == 1 else outputs
    elif _from_logits(model):
        scores = outputs
    else:
        exact = outputs.astype(np.float64)
        tiny, step = np.finfo(outputs.dtype).tiny, np.finfo(outputs.dtype).epsneg
        scores = np.log(exact.clip(tiny))
        if multilabel or columns == 1:
            scores -= np.log1p(-exact.clip(max=1 - step))
    if columns == 2 and not multilabel:
        scores = scores[:, 1:] - scores[:, :1]
        columns = 1
    scores = scores.astype(outputs.dtype)
    return scores[:, 0] if columns == 1 and not multilabel else scores
