"""Rows of a table, by their numbers: gathered into a batch, and gradients scattered back: reference kernels."""

import numpy as np

__all__ = ["gather_rows", "scatter_rows"]


def gather_rows(source, index, out):
    """Writes out[i] = source[index[i]]; an index before the first or after the last row counts as that row.

    Args:
        source: (samples, numbers).
        index: (rows,), int64.
        out: (rows, numbers), of the type of ``source``, written.
    """
    np.take(source, index, axis=0, out=out, mode="clip")


def scatter_rows(dout, index, dsource):
    """The gradient of :func:`gather_rows`: dsource[k] = sum of dout[i] over the i with index[i] = k, in their order.

    An index that is no row of ``dsource`` is left out.

    Args:
        dout: gradient by ``out``, (rows, numbers).
        index: (rows,), int64.
        dsource: (samples, numbers), written.
    """
    dsource.fill(0)
    known = (index >= 0) & (index < len(dsource))
    np.add.at(dsource, index[known], dout[known])
