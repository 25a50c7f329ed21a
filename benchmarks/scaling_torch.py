"""Measures one size on PyTorch and prints a line of JSON: python scaling_torch.py SIZE_AS_JSON THREADS"""

import json
import sys

import measure
import torch
from run_torch import train_epoch
from scaling_works import BUDGET, CLASSES, Size
from torch import nn


def build(size: Size) -> nn.Sequential:
    """Returns the model; it ends in logits, as is usual in PyTorch."""
    layers, inputs = [], 3 if size.kind == "conv" else size.inputs
    for _ in range(size.depth):
        if size.kind == "conv":
            layers.append(nn.Conv2d(inputs, size.width, 3, padding=1))
        else:
            layers.append(nn.Linear(inputs, size.width))
        layers.append(nn.ReLU())
        inputs = size.width
    if size.kind == "conv":
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(size.width, CLASSES))


def measure_size(size: Size) -> dict[str, float]:
    """Returns milliseconds of an epoch, and the megabytes by which the peak grew."""
    before = measure.peak_memory()
    model = build(size)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = map(torch.from_numpy, size.data())
    if x.ndim == 4:
        x = x.permute(0, 3, 1, 2).contiguous()
    epoch = measure.seconds_per_call(lambda: train_epoch(model, optimizer, x, y, size.batch), BUDGET)
    return {"fit": 1e3 * epoch, "memory": measure.peak_memory() - before}


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[2]))
    print(json.dumps(measure_size(Size(*json.loads(sys.argv[1])))))
