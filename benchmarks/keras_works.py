"""The works written against the Keras API: ``keras`` is either Keras or kerasnp."""

import measure
import works


def build(keras, name: str):
    """Returns the untrained model ``name``."""
    layers = keras.layers
    model = keras.Sequential([keras.Input(works.IMAGE_SHAPES[name])])
    if name == "convnet":
        for filters in (32, 64):
            model.add(layers.Conv2D(filters, 3, activation="relu"))
            model.add(layers.MaxPooling2D(2))
        model.add(layers.Flatten())
        model.add(layers.Dropout(0.5))
    elif name == "mlp":
        for _ in range(2):
            model.add(layers.Dense(512, activation="relu"))
            model.add(layers.Dropout(0.2))
    else:
        for filters in works.VGG11:
            if filters == "M":
                model.add(layers.MaxPooling2D(2))
            else:
                model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.GlobalAveragePooling2D() if name == "vgg11-gap" else layers.Flatten())
        for units in (4096, 4096) if name == "vgg11-gap" else (512,):
            model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(works.CLASSES, activation="softmax"))
    return model


def fit(keras, name: str) -> dict[str, float]:
    """Trains for an epoch, after a few steps that make plans and compile."""
    work = works.FITS[name]
    x, y = works.random_images(name, work.images)
    model = build(keras, name)
    optimizer = "adam" if work.optimizer == "adam" else keras.optimizers.SGD(0.001, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    few = works.WARM_UP_STEPS * work.batch
    model.fit(x[:few], y[:few], batch_size=work.batch, verbose=0)
    seconds = measure.seconds_without_warm_up(lambda: model.fit(x, y, batch_size=work.batch, verbose=0), budget=2)
    return {"fit": work.images / seconds, "peak memory": measure.peak_memory()}


def predict(keras) -> dict[str, float]:
    """Predicts, whole calls of ``model.predict``, in milliseconds."""
    found = {}
    for quantity, (name, count) in works.PREDICTIONS.items():
        model = build(keras, name)
        x, _ = works.random_images(name, count)
        found[quantity] = 1e3 * measure.seconds_per_call(
            lambda model=model, x=x: model.predict(x, batch_size=works.PREDICTION_BATCH, verbose=0),
            budget=0.5,
        )
    return found


def run(keras, work: str) -> dict[str, float]:
    """Returns what ``work`` measures."""
    return predict(keras) if work == "predict" else fit(keras, work)
