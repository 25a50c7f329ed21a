"""Variables, and the flat vectors they become views of."""

import numpy as np
import pytest

from kerasnp.variables import ALIGNMENT, FlatParameters, Variable, aligned_empty


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("count", [0, 1, 17, 1000])
def test_aligned_empty(dtype, count):
    vector = aligned_empty(count, dtype)
    assert vector.shape == (count,)
    assert vector.dtype == dtype
    assert vector.ctypes.data % ALIGNMENT == 0 or count == 0


def test_variable_owns_its_value():
    source = np.ones((2, 3), order="F")
    variable = Variable(source, dtype="float32", name="kernel", path="dense/kernel")
    source[...] = 5.0
    assert variable.shape == (2, 3)
    assert variable.ndim == 2
    assert variable.dtype == "float32"
    assert variable.value.flags.c_contiguous
    assert variable.numpy().tolist() == [[1.0] * 3] * 2
    assert variable.gradient is None
    assert "dense/kernel" in repr(variable)
    copy = variable.numpy()
    copy[...] = 7.0
    assert variable.value.max() == 1.0


def test_assignment_is_in_place():
    variable = Variable(np.zeros(3))
    value = variable.value
    assert variable.assign([1, 2, 3]) is variable
    variable.assign_add(1.0 * np.ones(3))
    variable.assign_sub([2.0, 2.0, 2.0])
    assert variable.value is value
    assert value.tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(ValueError, match=r"'variable'.*expected \(3,\), received \(2,\)"):
        variable.assign([1.0, 2.0])


def test_variable_as_array():
    variable = Variable([1.0, 2.0], dtype="float32")
    assert np.asarray(variable).dtype == np.float32
    assert np.asarray(variable, dtype="float64").dtype == np.float64
    assert (np.array(variable) + variable.value).tolist() == [2.0, 4.0]
    np.array(variable)[0] = 9.0
    assert variable.value[0] == 1.0


def test_arithmetic_is_that_of_the_value():
    a, b = Variable([1.0, 2.0]), Variable([3.0, 5.0])
    assert (a + b).tolist() == [4.0, 7.0]
    assert (2 * a).tolist() == (a * 2).tolist() == [2.0, 4.0]
    assert (np.array([3.0, 4.0]) - a).tolist() == [2.0, 2.0]
    assert (b @ np.array([1.0, 1.0])) == 8.0
    assert (-a).tolist() == [-1.0, -2.0]
    assert (a < 1.5).tolist() == [True, False]
    for result in (a + b, 2 * a, np.exp(a)):
        assert type(result) is np.ndarray
        assert not np.shares_memory(result, a.value)
    assert np.add.reduce(b) == 8.0
    assert np.mean(b) == 4.0


def test_arithmetic_keeps_the_number_type():
    variable = Variable([1.0, 2.0], dtype="float32")
    assert (variable * 0.5).dtype == np.float32
    assert (variable + np.ones(2)).dtype == np.float64


def test_arithmetic_in_place():
    variable = same = Variable([1.0, 2.0], dtype="float32")
    value = variable.value
    variable += 1
    variable *= np.array([2.0, 3.0], "float32")
    assert variable is same
    assert variable.value is value
    assert value.tolist() == [4.0, 9.0]
    array = np.zeros(2)
    array += variable
    assert array.tolist() == [4.0, 9.0]
    assert np.sqrt(variable, out=variable) is variable
    assert value.tolist() == [2.0, 3.0]


def test_variables_are_equal_only_to_themselves():
    a, b = Variable([1.0]), Variable([1.0])
    assert a == a
    assert a != b
    assert len({a, b, a}) == 2
    assert [a, b].index(b) == 1


def test_variable_as_sequence_and_number():
    variable = Variable([[1.0, 2.0], [3.0, 4.0]])
    assert len(variable) == 2
    assert variable[1].tolist() == [3.0, 4.0]
    assert variable[:, 0].tolist() == [1.0, 3.0]
    assert float(Variable(2.5)) == 2.5
    assert int(Variable(7, "int64")) == 7
    with pytest.raises(TypeError):
        len(Variable(2.5))


def make_parameters():
    variables = [
        Variable(np.full((3, 5), 1.0), "float32", name="a"),
        Variable(np.full((), 2.0), "float32", name="b"),
        Variable(np.full((2, 0), 0.0), "float32", name="empty"),
        Variable(np.full((40,), 3.0), "float32", name="c"),
    ]
    return variables, FlatParameters(variables)


def test_flat_parameters_are_views():
    variables, flat = make_parameters()
    assert flat.values.size == flat.gradients.size
    assert [variable.value.flat[0] for variable in variables if variable.value.size] == [1.0, 2.0, 3.0]
    flat.values += 1.0
    assert variables[0].value.max() == 2.0
    flat.gradients.fill(4.0)
    for variable in variables:
        assert variable.gradient.shape == variable.shape
        assert variable.value.flags.c_contiguous
        assert np.all(variable.gradient == 4.0)
        assert variable.value.size == 0 or np.shares_memory(variable.value, flat.values)
    variables[1].assign(9.0)
    assert flat.values[flat.slices[1]].tolist() == [9.0]


def test_flat_parameters_are_aligned_and_the_gaps_are_zero():
    variables, flat = make_parameters()
    gaps = np.ones(flat.values.size, bool)
    for variable, place in zip(variables, flat.slices, strict=True):
        assert variable.value.ctypes.data % ALIGNMENT == 0 or variable.value.size == 0
        gaps[place] = False
    assert gaps.any()
    assert not flat.values[gaps].any()
    assert not flat.gradients.any()


def test_slots_are_laid_out_alike():
    variables, flat = make_parameters()
    slot = flat.zeros()
    assert not slot.any()
    assert [view.shape for view in flat.views(slot)] == [variable.shape for variable in variables]


def test_release_and_holds():
    variables, flat = make_parameters()
    assert flat.holds(variables)
    assert not flat.holds(variables[:-1])
    assert not flat.holds(variables[::-1])
    flat.release()
    assert not flat.holds(variables)
    assert all(variable.gradient is None for variable in variables)
    assert variables[0].value.max() == 1.0


def test_no_parameters():
    flat = FlatParameters([])
    assert flat.values.size == 0
    assert flat.holds([])


def test_one_number_type():
    with pytest.raises(ValueError, match="one dtype; received a float32, b float64"):
        FlatParameters([Variable(1.0, "float32", name="a"), Variable(1.0, "float64", name="b")])
