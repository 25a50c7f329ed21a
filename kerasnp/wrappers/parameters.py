"""Parameters of the parts of an estimator, under names that a grid search can set."""

# Prefix of a parameter's name to the dictionary that holds it.
DICTIONARIES = {"model": "model_kwargs", "optimizer": "optimizer_kwargs", "fit": "fit_kwargs"}


class NestedParameters:
    """Makes ``model__units`` another name for ``model_kwargs["units"]``, for reading, setting and searching.

    In the same way ``optimizer__learning_rate`` and ``fit__shuffle`` stand for entries of ``optimizer_kwargs`` and
    ``fit_kwargs``. The dictionaries are parameters like all others, so a clone has everything.
    """

    def get_params(self, deep: bool = True) -> dict:
        """Returns the parameters by name; with ``deep`` also the entries of the dictionaries among them."""
        parameters = super().get_params(deep=deep)
        if deep:
            for prefix, name in DICTIONARIES.items():
                if isinstance(parameters.get(name), dict):
                    parameters |= {f"{prefix}__{key}": value for key, value in parameters[name].items()}
        return parameters

    def set_params(self, **parameters):
        """Sets parameters by name and returns the estimator; a dictionary that changes is replaced by a new one.

        Raises:
            ValueError: there is no such parameter.
        """
        plain, nested = {}, {}
        for name, value in parameters.items():
            prefix, separator, key = name.partition("__")
            if separator and hasattr(self, DICTIONARIES.get(prefix, "")):
                nested.setdefault(DICTIONARIES[prefix], {})[key] = value
            else:
                plain[name] = value
        super().set_params(**plain)
        for name, entries in nested.items():
            setattr(self, name, {**(getattr(self, name) or {}), **entries})
        return self
