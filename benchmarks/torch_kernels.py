"""PyTorch's kernels at the sizes of works.py: prints the least seconds of each as JSON.

    python torch_kernels.py THREADS

Where images have a memory format, the better of the two counts; of Adam's two forms, the better as well. The operators
are called directly, so that neither side pays for recording gradients.
"""

import itertools
import json
import sys
from functools import partial

import measure
import torch
import works

aten = torch.ops.aten


def rand(*shape: int, memory_format=torch.contiguous_format) -> torch.Tensor:
    return torch.rand(shape).contiguous(memory_format=memory_format)


def convolutions(memory_format):
    image = partial(rand, memory_format=memory_format)
    for shape in works.CONVOLUTIONS:
        n, height, width, channels, filters = shape
        x, w, b = image(n, channels, height, width), image(filters, channels, 3, 3), rand(filters)
        dy = image(n, filters, height - 2, width - 2)
        geometry = ([filters], [1, 1], [0, 0], [1, 1], False, [0, 0], 1)
        name = works.shape_name("conv", shape)
        yield f"{name} forward", partial(torch.conv2d, x, w, b)
        yield f"{name} dx", partial(aten.convolution_backward, dy, x, w, *geometry, [True, False, False])
        yield f"{name} dw", partial(aten.convolution_backward, dy, x, w, *geometry, [False, True, True])


def dense_layers():
    for shape in works.PRODUCTS:
        rows, inputs, units = shape
        x, w, b, dy = rand(rows, inputs), rand(units, inputs), rand(units), rand(rows, units)
        name = works.shape_name("dense", shape)
        yield f"{name} forward", partial(torch.addmm, b, x, w.T)
        yield f"{name} dx", partial(torch.mm, dy, w)
        yield f"{name} dw", lambda x=x, dy=dy: (torch.mm(dy.T, x), dy.sum(0))


def pooling(memory_format):
    n, height, width, channels = works.IMAGES
    x = rand(n, channels, height, width, memory_format=memory_format)
    dy = rand(n, channels, height // 2, width // 2, memory_format=memory_format)
    window, padding = ([2, 2], [2, 2]), [0, 0]  # size and stride
    _, argmax = aten.max_pool2d_with_indices(x, *window)
    max_backward = partial(aten.max_pool2d_with_indices_backward, dy, x, *window, padding, [1, 1], False, argmax)
    yield "max pool forward", partial(aten.max_pool2d_with_indices, x, *window)
    yield "max pool backward", max_backward
    yield "average pool forward", partial(aten.avg_pool2d, x, *window)
    yield "average pool backward", partial(aten.avg_pool2d_backward, dy, x, *window, padding, False, True, None)


def normalization(memory_format):
    n, height, width, channels = works.IMAGES
    x, dy = (rand(n, channels, height, width, memory_format=memory_format) for _ in range(2))
    gamma, beta, mean, variance = (rand(channels) for _ in range(4))
    forward = partial(aten.native_batch_norm, x, gamma, beta, mean, variance, True, 0.01, 1e-3)
    _, *batch = forward()
    backward = partial(aten.native_batch_norm_backward, dy, x, gamma, mean, variance, *batch, True, 1e-3, [True] * 3)
    yield "batch norm forward", forward
    yield "batch norm backward", backward


def vectors():
    x, dy = rand(*works.LOGITS), rand(*works.LOGITS)
    y = x.softmax(1)
    yield "softmax forward", partial(torch.softmax, x, 1)
    yield "softmax backward", partial(aten._softmax_backward_data, dy, y, 1, torch.float32)
    x, dy = rand(works.DROPPED), rand(works.DROPPED)
    mask = torch.rand(works.DROPPED) < 0.5
    yield "dropout forward", partial(torch.nn.functional.dropout, x, 0.5)
    yield "dropout backward", partial(aten.native_dropout_backward, dy, mask, 2.0)
    weights = torch.nn.Parameter(rand(works.WEIGHTS))
    weights.grad = rand(works.WEIGHTS)
    for fused in (False, True):
        yield "Adam", torch.optim.Adam([weights], fused=fused).step


def limits():
    a, b = rand(2048, 2048), rand(2048, 2048)
    yield "large product", partial(torch.mm, a, b)
    source, target = torch.ones(50_000_000), torch.empty(50_000_000)
    yield "large copy", partial(target.copy_, source)


@torch.inference_mode()
def measure_all() -> dict[str, float]:
    formats = (torch.contiguous_format, torch.channels_last)
    of_images = (part(chosen) for part in (convolutions, pooling, normalization) for chosen in formats)
    found: dict[str, float] = {}
    for name, call in itertools.chain(limits(), *of_images, dense_layers(), vectors()):
        seconds = measure.seconds_per_call(call, budget=works.KERNEL_BUDGET, pick=min)
        found[name] = min(seconds, found.get(name, seconds))
    return found


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps(measure_all()))
