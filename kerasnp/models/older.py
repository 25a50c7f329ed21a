"""Methods of models in older versions of Keras."""

import warnings


class OlderMethods:
    """The methods that were dropped: those for generators go on to today's, the others say what to write."""

    def fit_generator(
        self,
        generator,
        steps_per_epoch=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_data=None,
        validation_steps=None,
        validation_freq=1,
        class_weight=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        shuffle=True,
        initial_epoch=0,
    ):
        """As ``fit``, with a warning; the arguments for queues belong to :class:`~kerasnp.utils.PyDataset` now."""
        _warn("fit")
        return self.fit(
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            class_weight=class_weight,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )

    def evaluate_generator(
        self,
        generator,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
    ):
        """As ``evaluate``, with a warning."""
        _warn("evaluate")
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    def predict_generator(
        self,
        generator,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
    ):
        """As ``predict``, with a warning."""
        _warn("predict")
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose)

    @property
    def predict_classes(self):
        """Dropped; the AttributeError says what to write."""
        raise AttributeError(
            "`predict_classes` is no longer a method of models. For one unit a class write "
            "`model.predict(x).argmax(-1)`, for one unit with sigmoid `(model.predict(x) > 0.5).astype('int32')`."
        )

    @property
    def predict_proba(self):
        """Dropped; the AttributeError says what to write."""
        raise AttributeError(
            "`predict_proba` is no longer a method of models: `predict` returns the probabilities. Estimators of "
            "scikit-learn with that method are in `wrappers`."
        )


def _warn(method: str) -> None:
    warnings.warn(f"`{method}_generator` is deprecated: `{method}` takes generators, too.", UserWarning, stacklevel=3)
