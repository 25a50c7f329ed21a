"""Estimators of scikit-learn made of models: ``kerasnp.wrappers``, with Keras's names and direct ones besides."""

from kerasnp.wrappers.classifier import SKLearnClassifier
from kerasnp.wrappers.dense import DenseClassifier, DenseRegressor
from kerasnp.wrappers.regressor import SKLearnRegressor
from kerasnp.wrappers.transformer import SKLearnTransformer

__all__ = ["DenseClassifier", "DenseRegressor", "SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]
