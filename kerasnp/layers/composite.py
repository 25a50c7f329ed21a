"""Layers that are made of other layers."""

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace


class Composite(Layer):
    """A layer with others within it: it lists them in ``inner_layers`` and runs their equations in its own buffers."""

    def build_inner(self, layer: Layer, input_shape: Shape) -> None:
        """Builds a layer within this one, unless it is built, and gives its weights their full names."""
        if layer.dtype != self.dtype:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} computes in {self.dtype}, but {layer.name!r} within it in "
                f"{layer.dtype}: give both the same dtype."
            )
        if not layer.built:
            layer.ensure_built(input_shape)
            for variable in layer.variables:
                variable.path = f"{self.name}/{variable.path}"

    def inner_buffers(self, name: str, layer, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        """Returns the buffers of a layer within this one, for :meth:`buffers`.

        Args:
            name: tells this layer from others.
            layer: the layer, or a sequence cell.
            input_shape: shape of its input.
        """
        return {f"{name}_{key}": buffer for key, buffer in layer.buffers(input_shape).items()}

    def inner_workspace(
        self, name: str, layer, x: np.ndarray, y: np.ndarray, buf: Workspace, mask: np.ndarray | None = None
    ) -> Workspace:
        """Returns the workspace of a layer within this one for the arrays of one call.

        Args:
            name, layer: as :meth:`inner_buffers` had them.
            x, y: its input and output.
            buf: the workspace of this layer.
            mask: the mask of x.
        """
        attribute = f"{name}_workspace"
        inner = getattr(buf, attribute, None)
        if inner is None:
            inner = Workspace(kernels=buf.kernels)
            for key in layer.buffers(x.shape):
                setattr(inner, key, getattr(buf, f"{name}_{key}"))
            setattr(buf, attribute, inner)
        inner.x = x if "x" in layer.backward_uses else None
        inner.y = y if "y" in layer.backward_uses else None
        inner.mask = mask if layer.uses_mask else None
        return inner
