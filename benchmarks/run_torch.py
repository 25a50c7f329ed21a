"""Runs one work on PyTorch and prints a line of JSON: python run_torch.py WORK THREADS [channels_last]"""

import json
import sys

import measure
import torch
import works
from torch import nn


def build(name: str) -> nn.Sequential:
    """Returns the untrained model ``name``; it ends in logits, as is usual in PyTorch."""
    if name == "convnet":
        layers = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, works.CLASSES)]
    elif name == "mlp":
        layers = [nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2)]
        layers += [nn.Linear(512, works.CLASSES)]
    else:
        layers, channels = [], 3
        for filters in works.VGG11:
            if filters == "M":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
                channels = filters
        layers += [nn.AdaptiveAvgPool2d(1)] if name == "vgg11-gap" else []
        layers.append(nn.Flatten())
        for units in (4096, 4096) if name == "vgg11-gap" else (512,):
            layers += [nn.Linear(channels, units), nn.ReLU()]
            channels = units
        layers.append(nn.Linear(channels, works.CLASSES))
    return nn.Sequential(*layers)


def images_and_labels(name: str, count: int, memory_format) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the data of the work, images as (batch, channels, height, width) in the memory format."""
    x, y = map(torch.from_numpy, works.random_images(name, count))
    return (x.permute(0, 3, 1, 2).contiguous(memory_format=memory_format) if x.ndim == 4 else x), y


def train_epoch(model, optimizer, x, y, batch: int) -> tuple[float, float]:
    """The training loop that every tutorial shows; returns loss and accuracy."""
    loss_function = nn.CrossEntropyLoss()
    model.train()
    total, correct = 0.0, 0
    for index in torch.randperm(len(x)).split(batch):
        images, labels = x[index], y[index]
        optimizer.zero_grad()
        logits = model(images)
        loss = loss_function(logits, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(index)
        correct += (logits.argmax(1) == labels).sum().item()
    return total / len(x), correct / len(x)


def fit(name: str, memory_format) -> dict[str, float]:
    """Trains for an epoch, after a few steps to warm up."""
    work = works.FITS[name]
    x, y = images_and_labels(name, work.images, memory_format)
    model = build(name).to(memory_format=memory_format)
    if work.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters())
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    few = works.WARM_UP_STEPS * work.batch
    train_epoch(model, optimizer, x[:few], y[:few], work.batch)
    seconds = measure.seconds_without_warm_up(lambda: train_epoch(model, optimizer, x, y, work.batch), budget=2)
    return {"fit": work.images / seconds, "peak memory": measure.peak_memory()}


@torch.inference_mode()
def predict(memory_format) -> dict[str, float]:
    """Predicts, the bare forward pass, in milliseconds."""

    def forward(model, x):
        return torch.cat([model(part) for part in x.split(works.PREDICTION_BATCH)]) if len(x) > 1 else model(x)

    found = {}
    for quantity, (name, count) in works.PREDICTIONS.items():
        if name == "mlp" and memory_format is torch.channels_last:
            continue  # it has no images
        model = build(name).to(memory_format=memory_format).eval()
        x, _ = images_and_labels(name, count, memory_format)
        found[quantity] = 1e3 * measure.seconds_per_call(lambda model=model, x=x: forward(model, x), budget=0.5)
    return found


if __name__ == "__main__":
    work, threads = sys.argv[1], int(sys.argv[2])
    chosen = torch.channels_last if "channels_last" in sys.argv else torch.contiguous_format
    torch.set_num_threads(threads)
    print(json.dumps(predict(chosen) if work == "predict" else fit(work, chosen)))
