"""Headers of ECSV: read as plain values, and refused where reading takes long."""

import time

import pytest

from morph.errors import UnreadableTable
from morph.subsets.uploaded_list import read_upload
from morph.tables.readers.ecsv_header import Stated, from_yaml

_COLUMN = "datatype:\n- {name: ra, unit: deg, datatype: float64}\n"
LONG_S = 10.0

DEEP = {
    "mappings": "meta: " + "{a: " * 100_000,
    "lists": "meta: " + "[" * 200 + "]" * 200,
    "dashes": "- " * 300_000,
    "indents": "".join(f"{' ' * depth}a:\n" for depth in range(1400)),
    "many": "meta: [" + ("[" * 90 + "]" * 90 + ",") * 5000 + "]",
}
LONG = {
    "base 60": "meta: {x: " + "1:" * 200_000 + "1}\n",
    "digits": "meta: {x: " + "9" * 500_000 + "}\n",
    "base 60 with a point": "meta: {x: " + "1:" * 200_000 + "1.0}\n",
    "merged": "m0: &m0 {x: 1}\n"
    + "".join(
        f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1} '] * 9)}]}}\n"
        for i in range(1, 12)
    ),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_header_of_too_many_objects_is_refused_at_once(text):
    began = time.process_time()
    with pytest.raises(UnreadableTable, match="nested more than 100 deep"):
        from_yaml(_COLUMN + text if text.startswith("meta") else text)
    assert time.process_time() - began < LONG_S


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_values_that_take_long_leave_the_others_as_stated(text):
    began = time.process_time()
    assert from_yaml(_COLUMN + text).units == {"ra": "deg"}
    assert time.process_time() - began < LONG_S


def test_numbers_are_numbers_and_what_is_no_yaml_states_nothing():
    header = "meta: {whole: 12, part: 1.5e+3, flag: true, text: '12'}"
    entries = from_yaml(header).entries
    assert entries == {"whole": 12, "part": 1500.0, "flag": True, "text": "12"}
    assert from_yaml("meta: [") == from_yaml("- {a") == Stated()


def test_an_uploaded_list_with_a_deep_header_is_refused():
    lines = ["%ECSV 1.0", "---", "datatype:", "- " + "{a: " * 100_000]
    data = "".join(f"# {line}\n" for line in lines) + "ra dec\n1 2\n"
    with pytest.raises(UnreadableTable, match="save the table without its metadata"):
        read_upload(data.encode(), "deep.ecsv")
