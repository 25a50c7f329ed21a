"""What a model does with data: compile, fit, evaluate, predict, and the same batch by batch."""

import numpy as np

from kerasnp import optimizers
from kerasnp.engine import trainer
from kerasnp.engine.data import ArrayData
from kerasnp.engine.metric_set import MetricSet, resolve_loss
from kerasnp.layers.base import Shape


class Training:
    """The part of a model that trains and predicts; what it runs on is the model's ``executor``."""

    optimizer = None
    loss = None
    loss_object = None
    history = None
    metric_set: MetricSet | None = None
    progress = None  # while fit runs: where it stands, for callbacks that take a run up again
    stop_training = stop_evaluating = stop_predicting = False
    _compile_arguments: dict | None = None

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ) -> None:
        """Chooses how the model is trained.

        Args:
            optimizer: name, config or :class:`~kerasnp.optimizers.Optimizer`.
            loss: name, config, function or :class:`~kerasnp.losses.Loss`.
            loss_weights: None, or a factor for the loss.
            metrics: a list of names, functions or metrics; ``"accuracy"`` picks its kind by the shapes.
            weighted_metrics: the same, weighted by ``sample_weight`` and ``class_weight``. A name that ``metrics`` has
                too gets the prefix ``weighted_`` in the logs.
            run_eagerly, steps_per_execution, jit_compile, auto_scale_loss: accepted for Keras's sake, without effect.
        """
        arguments = dict(locals())
        del arguments["self"], arguments["auto_scale_loss"]
        factor = loss_weights[0] if isinstance(loss_weights, (list, tuple)) and len(loss_weights) == 1 else loss_weights
        if factor not in (None, 1, 1.0):
            raise ValueError(f"A Sequential model has one loss; scale it in the loss itself, not by {loss_weights!r}.")
        chosen = optimizers.get(optimizer)
        loss_object = resolve_loss(loss)
        self.metric_set = MetricSet(loss_object, metrics, weighted_metrics)
        self.optimizer, self.loss, self.loss_object = chosen, loss, loss_object
        self._compile_arguments = arguments

    @property
    def compiled(self) -> bool:
        """Whether :meth:`compile` was called."""
        return self._compile_arguments is not None

    def _require_compiled(self, what: str) -> None:
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before `{what}()`: model {self.name!r} has no loss yet.")
        if self.loss_object is None:
            raise ValueError(f"`{what}()` needs a loss, but model {self.name!r} was compiled with loss=None.")

    def prepare_training(self, data_shape: Shape) -> None:
        """Builds what a training step needs: the weights, their flat vectors and the optimizer's state."""
        self.ensure_built_for(data_shape)
        self.executor.prepare_training(self.optimizer, self.trainable_weights)

    def ensure_optimizer_built(self) -> None:
        """Gives the optimizer its state without training, for reading it from a file."""
        self.executor.prepare_training(self.optimizer, self.trainable_weights)

    def fit(
        self,
        x=None,
        y=None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose="auto",
        callbacks=None,
        validation_split: float = 0.0,
        validation_data=None,
        shuffle: bool = True,
        class_weight: dict | None = None,
        sample_weight=None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq=1,
    ):
        """Trains the model.

        Args:
            x: inputs (samples, ...): an array of any number type, a list, a memory map, an HDF5 data set; or a
                generator or :class:`~kerasnp.utils.PyDataset` of batches (x, y) or (x, y, sample_weight).
            y: targets (samples, ...); None where x gives whole batches.
            batch_size: samples a step; None means 32, or with ``steps_per_epoch`` what makes one pass of the arrays. It
                has no effect, other than a warning, where x gives whole batches.
            epochs: number of the last epoch; ``epochs - initial_epoch`` are run.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch, "auto" 1 on a terminal and 2 elsewhere.
            callbacks: list of :class:`~kerasnp.callbacks.Callback`.
            validation_split: part of the arrays, the last rows, that validates.
            validation_data: (x, y), (x, y, sample_weight) or a data set; goes before ``validation_split``.
            shuffle: whether each epoch takes the rows in a new order.
            class_weight: class index to weight; for the training data alone.
            sample_weight: weights (samples,), or (samples, timesteps).
            initial_epoch: number of the first epoch, to go on from an earlier run.
            steps_per_epoch, validation_steps: batches an epoch; None means all.
            validation_batch_size: None means ``batch_size``.
            validation_freq: validate every that many epochs, or after the epochs in a list (from 1).

        Returns:
            The :class:`~kerasnp.callbacks.History` of losses and metrics.

        Raises:
            ValueError: the model is not compiled, or the data do not fit it or each other.
        """
        arguments = dict(locals())
        del arguments["self"]
        self._require_compiled("fit")
        return trainer.fit(self, arguments.pop("x"), arguments.pop("y"), **arguments)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size: int | None = None,
        verbose="auto",
        sample_weight=None,
        steps: int | None = None,
        callbacks=None,
        return_dict: bool = False,
    ):
        """Returns the loss and the metrics on data; see :meth:`fit` for the arguments.

        Returns:
            The loss if there are no metrics; else a list of the loss and the metrics in the order of ``compile``; or a
            dictionary, sorted by name.
        """
        self._require_compiled("evaluate")
        logs = trainer.evaluate(
            self,
            x,
            y,
            batch_size=batch_size,
            verbose=verbose,
            sample_weight=sample_weight,
            steps=steps,
            callbacks=callbacks,
        )
        return _logs_as_asked(logs, return_dict)

    def predict(self, x, batch_size: int | None = None, verbose="auto", steps: int | None = None, callbacks=None):
        """Returns the outputs (samples, ...) for ``x``; needs no ``compile`` and may be called from many threads.

        Args:
            x: inputs (samples, ...), see :meth:`fit`.
            batch_size: samples a step; None means 32. Unless there is a bar, a callback or a layer of the user's own to
                see them, several batches may run as one.
            verbose, callbacks: see :meth:`fit`.
            steps: batches to predict; None means all.
        """
        return trainer.predict(self, x, batch_size=batch_size, verbose=verbose, steps=steps, callbacks=callbacks)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict: bool = False):
        """Runs one step on one batch; returns its loss and metrics, as they were before the step."""
        self._require_compiled("train_on_batch")
        batch = _one_batch(x, y, sample_weight, class_weight)
        self.prepare_training(batch.x.shape)
        self.metric_set.reset()
        self.executor.train(batch, self.loss_object, self.optimizer, self.metric_set)
        return _logs_as_asked(self.metric_set.result(), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict: bool = False):
        """Returns the loss and metrics of one batch."""
        self._require_compiled("test_on_batch")
        batch = _one_batch(x, y, sample_weight)
        self.ensure_built_for(batch.x.shape)
        self.metric_set.reset()
        self.executor.test(batch, self.loss_object, self.metric_set)
        return _logs_as_asked(self.metric_set.result(), return_dict)

    def predict_on_batch(self, x) -> np.ndarray:
        """Returns the outputs for one batch."""
        batch = _one_batch(x)
        self.ensure_built_for(batch.x.shape)
        return self.executor.predict(batch.x, batch.index, batch.size)

    @property
    def metrics(self) -> list:
        """The loss tracker and the compiled metrics."""
        return [] if self.metric_set is None else [self.metric_set.loss_tracker, *self.metric_set.metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The keys of the results, in the order in which :meth:`evaluate` lists them."""
        return [] if self.metric_set is None else self.metric_set.names

    def reset_metrics(self) -> None:
        """Starts the loss and the metrics anew."""
        if self.metric_set is not None:
            self.metric_set.reset()

    def get_metrics_result(self) -> dict[str, float]:
        """Returns the current loss and metrics by name."""
        return dict(sorted(self.metric_set.result().items())) if self.metric_set else {}


def _one_batch(x, y=None, sample_weight=None, class_weight=None):
    data = trainer.make_data(x, y, sample_weight, class_weight=class_weight)
    if not isinstance(data, ArrayData):
        raise ValueError(f"The *_on_batch methods take arrays; received x as a {type(x).__name__}.")
    if len(data) == 0:
        raise ValueError(f"A batch needs at least one row; x has shape {data.x.shape}.")
    return data.as_batch()


def _logs_as_asked(logs: dict[str, float], as_dict: bool):
    if as_dict:
        return dict(sorted(logs.items()))
    values = list(logs.values())
    return values[0] if len(values) == 1 else values
