"""Times PyTorch's kernels when asked: python torch_kernels.py THREADS; see worker.py.

Where images have a memory format, the better of the two counts; of Adam's two forms, the better as well. The operators
are called directly, so that neither side pays for recording gradients.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial

import kernel_works
import measure
import torch
import worker

Calls = dict[str, Callable[[], object]]  # by direction

FORMATS = (torch.contiguous_format, torch.channels_last)
aten = torch.ops.aten


def rand(*shape: int, memory_format=torch.contiguous_format) -> torch.Tensor:
    return torch.rand(shape).contiguous(memory_format=memory_format)


def windowed(x_shape, w_shape, filters: int, stride=1, padding=0, transposed=False, groups=1) -> Iterator[Calls]:
    """Yields the three products of a convolution of any kind; shapes have the channels second."""
    axes = len(x_shape) - 2
    settings = ([stride] * axes, [padding] * axes, [1] * axes, transposed, [int(transposed)] * axes, groups)
    last = torch.channels_last if axes == 2 else torch.channels_last_3d
    for memory_format in (torch.contiguous_format, last):
        image = partial(rand, memory_format=memory_format)
        x, w, b = image(*x_shape), image(*w_shape), rand(filters)
        forward = partial(aten.convolution, x, w, b, *settings)
        dy = image(*forward().shape)
        backward = partial(aten.convolution_backward, dy, x, w, [filters], *settings)
        yield {
            "forward": forward,
            "dx": partial(backward, [True, False, False]),
            "dw": partial(backward, [False, True, True]),
        }


def convolution(n: int, *sizes: int) -> Iterator[Calls]:
    *image, channels, filters = sizes
    return windowed((n, channels, *image), (filters, channels, *[3] * len(image)), filters)


def depthwise(n: int, height: int, width: int, channels: int) -> Iterator[Calls]:
    return windowed((n, channels, height, width), (channels, 1, 3, 3), channels, padding=1, groups=channels)


def transposed(n: int, height: int, width: int, channels: int, filters: int) -> Iterator[Calls]:
    return windowed((n, channels, height, width), (channels, filters, 3, 3), filters, 2, 1, transposed=True)


def dense(rows: int, inputs: int, units: int) -> Iterator[Calls]:
    x, w, b, dy = rand(rows, inputs), rand(units, inputs), rand(units), rand(rows, units)
    yield {
        "forward": partial(torch.addmm, b, x, w.T),
        "dx": partial(torch.mm, dy, w),
        "dw": lambda: (torch.mm(dy.T, x), dy.sum(0)),
    }


def max_pool(n: int, height: int, width: int, channels: int) -> Iterator[Calls]:
    for memory_format in FORMATS:
        x = rand(n, channels, height, width, memory_format=memory_format)
        dy = rand(n, channels, height // 2, width // 2, memory_format=memory_format)
        forward = partial(aten.max_pool2d_with_indices, x, [2, 2], [2, 2])
        geometry = ([2, 2], [2, 2], [0, 0], [1, 1], False)  # size, stride, padding, dilation
        backward = partial(aten.max_pool2d_with_indices_backward, dy, x, *geometry, forward()[1])
        yield {"forward": forward, "backward": backward}


def average_pool(n: int, height: int, width: int, channels: int) -> Iterator[Calls]:
    for memory_format in FORMATS:
        x = rand(n, channels, height, width, memory_format=memory_format)
        dy = rand(n, channels, height // 2, width // 2, memory_format=memory_format)
        yield {
            "forward": partial(aten.avg_pool2d, x, [2, 2], [2, 2]),
            "backward": partial(aten.avg_pool2d_backward, dy, x, [2, 2], [2, 2], [0, 0], False, True, None),
        }


def batch_normalization(n: int, height: int, width: int, channels: int) -> Iterator[Calls]:
    for memory_format in FORMATS:
        x, dy = (rand(n, channels, height, width, memory_format=memory_format) for _ in range(2))
        gamma, beta, mean, variance = (rand(channels) for _ in range(4))
        forward = partial(aten.native_batch_norm, x, gamma, beta, mean, variance, True, 0.01, 1e-3)
        saved = forward()[1:]
        backward = aten.native_batch_norm_backward
        yield {
            "forward": forward,
            "backward": partial(backward, dy, x, gamma, mean, variance, *saved, True, 1e-3, [True] * 3),
        }


def softmax(rows: int, classes: int) -> Iterator[Calls]:
    x, dy = rand(rows, classes), rand(rows, classes)
    backward = partial(aten._softmax_backward_data, dy, x.softmax(1), 1, torch.float32)
    yield {"forward": partial(torch.softmax, x, 1), "backward": backward}


def dropout(size: int) -> Iterator[Calls]:
    x, dy, mask = rand(size), rand(size), torch.rand(size) < 0.5
    yield {
        "forward": partial(torch.nn.functional.dropout, x, 0.5),
        "backward": partial(aten.native_dropout_backward, dy, mask, 2.0),
    }


def adam(size: int) -> Iterator[Calls]:
    weights = torch.nn.Parameter(rand(size))
    weights.grad = rand(size)
    for fused in (False, True):
        yield {"step": torch.optim.Adam([weights], fused=fused).step}


MAKERS = {
    "conv": convolution,
    "conv3d": convolution,
    "depthwise": depthwise,
    "transposed": transposed,
    "dense": dense,
    "max-pool": max_pool,
    "average-pool": average_pool,
    "batch-norm": batch_normalization,
    "softmax": softmax,
    "dropout": dropout,
    "adam": adam,
}


@torch.inference_mode()
def least_seconds(kind: str, shape: list[int]) -> dict[str, float]:
    """Returns the shortest time that each direction of a kernel took."""
    found: dict[str, float] = {}
    for calls in MAKERS[kind](*shape):
        for name, call in calls.items():
            seconds = measure.seconds_per_call(call, kernel_works.BUDGET, pick=min)
            found[name] = min(seconds, found.get(name, seconds))
    return found


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    worker.serve(least_seconds)
