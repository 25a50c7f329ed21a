"""Masks in a plan: where they lie, and the steps that make them."""

from collections.abc import Sequence

from kerasnp.engine.memory import Placed


def lay_masks(layers: Sequence, shapes: Sequence[tuple[int, ...]], lowest: int) -> list[Placed | None]:
    """Lists the masks that go with the arrays between the layers, the input's first; None where there is none.

    Args:
        layers: the layers of a plan.
        shapes: of the arrays between them.
        lowest: number of the first layer that runs backward.
    """
    count = len(layers)
    masks: list[Placed | None] = [None]
    for i, layer in enumerate(layers):
        mask = masks[-1]
        if mask is not None and layer.uses_mask:
            mask.used_at(i)
            if i >= lowest:
                mask.used_at(2 * count - i)
        shape = layer.mask_shape(shapes[i], None if mask is None else mask.shape)
        if mask is not None and not layer.supports_masking:
            layer.warn_of_lost_mask()
        if shape is None:
            mask = None
        elif mask is None or not layer.hands_mask_on:
            if mask is not None:
                mask.used_at(i)
            mask = Placed(shape, "bool", i)
        masks.append(mask)
    if masks[-1] is not None:
        masks[-1].used_at(2 * count + 1)  # losses and metrics read it after the step
    return masks


def forward_with_mask(layer, mask, out):
    """Returns the forward step of a layer that makes the mask ``out``, perhaps of the mask of its input."""

    def forward(x, y, buf, training):
        layer.forward(x, y, buf, training)
        layer.fill_mask(x, mask, out, buf)

    return forward
