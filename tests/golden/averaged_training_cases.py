"""The runs of averaged_training.json, for real Keras and for kerasnp."""

import numpy as np

CASES = [
    [{"gradient_accumulation_steps": 3}, None],
    [{"gradient_accumulation_steps": 2, "weight_decay": 0.05, "clipnorm": 0.5}, None],
    [{"gradient_accumulation_steps": 2, "schedule": True}, None],
    [{"use_ema": True, "ema_momentum": 0.8}, None],
    [{"use_ema": True, "ema_momentum": 0.8}, {}],
    [{"use_ema": True, "ema_momentum": 0.8}, {"swap_on_epoch": True}],
    [{"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3, "gradient_accumulation_steps": 2}, {}],
    [{"use_ema": True, "ema_momentum": 0.7, "gradient_accumulation_steps": 2}, {"swap_on_epoch": True}],
]


def train(keras, optimizer: dict, swap: dict | None) -> dict:
    """Trains a small network; returns what came out."""
    optimizer = dict(optimizer)
    rate = 0.05
    if optimizer.pop("schedule", False):
        rate = keras.optimizers.schedules.ExponentialDecay(0.05, 2, 0.8)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((22, 3)).astype("float32")
    y = np.tanh(x @ np.array([[1.0], [-2.0], [0.5]], "float32"))
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="tanh", kernel_constraint=keras.constraints.MaxNorm(1.2)),
            keras.layers.Dense(1),
        ]
    )
    model.set_weights([rng.standard_normal(np.shape(w)).astype("float32") * 0.5 for w in model.get_weights()])
    model.compile(keras.optimizers.Adam(rate, **optimizer), "mse")
    callbacks = [] if swap is None else [keras.callbacks.SwapEMAWeights(**swap)]
    seen = []
    callbacks.append(
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: seen.append(float(model.get_weights()[0].sum()))
        )
    )
    history = model.fit(
        x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, callbacks=callbacks, validation_data=(x[:8], y[:8])
    )
    judged = model.evaluate(x, y, verbose=0, callbacks=callbacks[:-1])
    weights = [np.asarray(weight) for weight in model.get_weights()]
    return {"history": history.history, "weights": weights, "seen": seen, "judged": float(judged)}
