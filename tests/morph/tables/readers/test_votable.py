"""A VOTable that points elsewhere, or claims too much, never reaches astropy."""

import numpy as np
import pytest
from astropy.table import Table as AstropyTable

from morph.errors import UnreadableTable
from morph.tables import open_table
from morph.tables.readers import votable


def _ra(path) -> list[float]:
    with open_table(path) as table:
        return table.read(["ra"]).numbers["ra"].tolist()


def _refusal(path) -> str:
    with pytest.raises(UnreadableTable) as caught:
        _ra(path)
    assert path.name in str(caught.value)
    return str(caught.value)


VOTABLE = """<?xml version="1.0"?>{doctype}
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE><TABLE {nrows}><FIELD name="ra" datatype="double" {arraysize}/>{more}
<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"""
ROW = "<TABLEDATA><TR><TD>1.0</TD></TR></TABLEDATA>"


def _hostile(tmp_path, encoding="utf-8", **parts):
    blank = dict.fromkeys(("doctype", "nrows", "arraysize", "more"), "")
    path = tmp_path / "table.xml"
    path.write_bytes(VOTABLE.format(**blank | {"data": ROW} | parts).encode(encoding))
    return path


def test_the_harmless_table_the_hostile_ones_are_made_from_is_read(tmp_path):
    assert _ra(_hostile(tmp_path)) == [1.0]


@pytest.mark.parametrize(
    "stream",
    [
        '<BINARY><STREAM href="file://{secret}"/></BINARY>',
        '<BINARY><STREAM href="file://{secret}" encoding="base64"/></BINARY>',
        '<BINARY2><STREAM\nhref = "file://{secret}"/></BINARY2>',
        "<BINARY><STREAM hr&#101;f='file://{secret}'/></BINARY>",
        '<FITS extnum="1"><STREAM href="file://{secret}"/></FITS>',
        '<FITS><STREAM encoding="base64">AAAA</STREAM></FITS>',
        '<PARQUET type="VOTable-remote-file"><STREAM href="{secret}"/></PARQUET>',
        '<v:BINARY xmlns:v="http://www.ivoa.net/xml/VOTable/v1.3">'
        '<v:STREAM x:href="file://{secret}" xmlns:x="http://w3"/></v:BINARY>',
    ],
)
def test_a_votable_that_points_elsewhere_never_reaches_astropy(
    stream, tmp_path, monkeypatch
):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(80))
    monkeypatch.setattr(votable.votable, "parse", None)
    path = _hostile(tmp_path, data=stream.format(secret=secret))
    message = _refusal(path)
    assert "external reference" in message or "broken XML" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_no_encoding_hides_where_a_votable_points(encoding, tmp_path, monkeypatch):
    monkeypatch.setattr(votable.votable, "parse", None)
    stream = '<BINARY><STREAM href="file:///etc/passwd"/></BINARY>'
    message = _refusal(_hostile(tmp_path, encoding, data=stream))
    assert "external reference" in message or "UTF-16" in message


def test_a_votable_with_a_doctype_never_reaches_astropy(tmp_path, monkeypatch):
    monkeypatch.setattr(votable.votable, "parse", None)
    laughs = '<!DOCTYPE V [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'
    external = '<!DOCTYPE V [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for doctype in (laughs, external):
        assert "DOCTYPE" in _refusal(_hostile(tmp_path, doctype=doctype))


def test_a_votable_that_claims_too_much_never_reaches_astropy(tmp_path, monkeypatch):
    monkeypatch.setattr(votable.votable, "parse", None)
    assert "rows" in _refusal(_hostile(tmp_path, nrows='nrows="9000000000"'))
    assert "numbers" in _refusal(_hostile(tmp_path, arraysize='arraysize="999999999"'))
    many = 'arraysize="99999x99999"'
    assert "numbers" in _refusal(_hostile(tmp_path, arraysize=many))
    unwanted = '<FIELD name="b" datatype="double" arraysize="1000000000"/>'
    assert "numbers" in _refusal(_hostile(tmp_path, more=unwanted))


def test_a_text_column_where_numbers_belong_is_refused(tmp_path):
    path = tmp_path / "table.xml"
    AstropyTable({"ra": ["one", "two"]}).write(path, format="votable")
    assert "not a number" in _refusal(path)


def _document(*tables: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE>{before}'
        f"{''.join(tables)}</RESOURCE></VOTABLE>"
    )


def _table(rows: str, fields: str = '<FIELD name="ra" datatype="double"/>') -> str:
    return f"<TABLE>{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>"


@pytest.fixture
def opened(tmp_path):
    def open_one(text: str):
        path = tmp_path / "table.vot"
        path.write_text(text)
        with open_table(path, lambda columns: "ra" in columns) as table:
            return table

    return open_one


def test_links_are_not_followed_and_do_no_harm(tmp_path, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", None)
    link = '<LINK content-role="doc" href="https://example.org/${ra}"/>'
    assert _ra(_hostile(tmp_path, more=link)) == [1.0]


def test_the_doctype_of_old_votables_is_not_fetched(tmp_path):
    doctype = '<!DOCTYPE VOTABLE SYSTEM "http://us-vo.org/xml/VOTable.dtd">'
    assert _ra(_hostile(tmp_path, doctype=doctype)) == [1.0]
    entity = "<TABLEDATA><TR><TD>&one;</TD></TR></TABLEDATA>"
    assert "DOCTYPE" in _refusal(_hostile(tmp_path, doctype=doctype, data=entity))


def test_the_table_with_rows_and_the_wanted_columns_is_read(opened):
    one = "<TR><TD>1</TD></TR>"
    other = _table(one, '<FIELD name="x" datatype="int"/>')
    found = opened(_document(_table(""), "<TABLE></TABLE>", other, _table(one)))
    assert found.read(["ra"]).numbers["ra"].tolist() == [1]
    assert found.left_out == ("table 3 (1 rows) was not read: its columns are x",)


def test_equal_tables_of_nested_resources_are_read_in_order(opened):
    tables = [_table(f"<TR><TD>{n}</TD></TR>") for n in (1, 2, 3)]
    nested = f"<RESOURCE>{tables[0]}</RESOURCE>"
    found = opened(_document(nested, *tables[1:]))
    assert found.read(["ra"]).numbers["ra"].tolist() == [1, 2, 3]


def test_binary_tables_without_a_number_of_rows_are_read(opened):
    # Two doubles, 1.0 and 2.0.
    stream = '<STREAM encoding="base64">P/AAAAAAAABAAAAAAAAAAA==</STREAM>'
    table = _table("").replace("<TABLEDATA></TABLEDATA>", f"<BINARY>{stream}</BINARY>")
    assert opened(_document(table)).read(["ra"]).numbers["ra"].tolist() == [1, 2]


def test_nulls_are_missing(opened):
    null = '<VALUES null="-99"/>'
    fields = f'<FIELD name="id" datatype="long">{null}</FIELD>'
    fields += '<FIELD name="name" datatype="char" arraysize="*"/>'
    fields += '<FIELD name="ra" datatype="double"/>'
    rows = "<TR><TD>5</TD><TD>a</TD><TD>1.5</TD></TR>"
    rows += "<TR><TD>-99</TD><TD/><TD/></TR>"
    found = opened(_document(_table(rows, fields))).read(["ra", "id"], ["id", "name"])
    np.testing.assert_array_equal(found.numbers["ra"], [1.5, np.nan])
    np.testing.assert_array_equal(found.numbers["id"], [5, np.nan])
    assert found.texts["id"].tolist() == ["5", ""]
    assert found.texts["name"].tolist() == ["a", ""]


def test_columns_of_one_name_are_told_apart_by_their_place(opened):
    fields = '<FIELD name="a" datatype="int"/><FIELD name="a" datatype="int"/>'
    fields += '<FIELD name="ra" datatype="double"/>'
    rows = "<TR><TD>5</TD><TD>6</TD><TD>1.5</TD></TR>"
    assert opened(_document(_table(rows, fields))).read(["ra"]).numbers["ra"] == 1.5


SYSTEMS = """<COOSYS ID="old" system="eq_FK4" equinox="B1950"/>
<COOSYS ID="new" system="eq_FK5" equinox="2000"/>"""


@pytest.mark.parametrize(
    ("before", "fields", "frame"),
    [
        ("", "", ""),
        ('<COOSYS ID="a" system="galactic"/>', "", "galactic"),
        ('<COOSYS ID="a" system="ICRS" epoch="J2015.5"/>', "", "ICRS"),
        ('<COOSYS ID="a" system="eq_FK4"/>', "", "eq_FK4 B1950"),
        ('<COOSYS ID="a" equinox="1950"/>', "", "B1950"),
        (SYSTEMS, "", "eq_FK4 B1950 or eq_FK5 J2000"),
        (SYSTEMS, 'ref="new"', "eq_FK5 J2000"),
    ],
)
def test_the_frame_is_as_stated(before, fields, frame, opened):
    declared = f'<FIELD name="ra" datatype="double" {fields}/>'
    table = _table("<TR><TD>1</TD></TR>", declared)
    assert opened(_document(table, before=before)).frame == frame


def test_columns_may_have_frames_of_their_own(opened):
    fields = '<FIELD name="RAB1950" datatype="double" ref="old" ucd="POS_EQ_RA"/>'
    fields += '<FIELD name="ra" datatype="double" ref="new" ucd="POS_EQ_RA_MAIN"/>'
    rows = "<TR><TD>1</TD><TD>2</TD></TR>"
    found = opened(_document(_table(rows, fields), before=SYSTEMS))
    assert found.frame == "eq_FK5 J2000"
    assert found.frame_of("RAB1950") == "eq_FK4 B1950"
    assert found.frame_of("other") == "eq_FK5 J2000"


def test_units_and_entries_are_as_stated(opened):
    table = _table(
        "<TR><TD>1</TD></TR>",
        '<PARAM name="survey" datatype="char" arraysize="*" value="bmz"/>'
        '<FIELD name="ra" datatype="double" unit="rad"/>',
    )
    found = opened(_document(table, before='<INFO name="provenance" value="real"/>'))
    assert found.units == {"ra": "rad"}
    assert found.header == {"PROVENANCE": "real", "SURVEY": "bmz"}


def test_xml_of_many_levels_is_refused(tmp_path):
    path = tmp_path / "table.xml"
    path.write_text("<a>" * 1000)
    assert "nested too deeply" in _refusal(path)


SEVERAL = """<VOTABLE version="1.5"><RESOURCE>{outside}
<TABLE><COOSYS ID="old" system="eq_FK4"/><FIELD name="x" datatype="double" ref="old"/>
<DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE>
<TABLE><FIELD name="ra" datatype="double"/><DATA>{rows}</DATA></TABLE>{after}
</RESOURCE><RESOURCE><COOSYS ID="other" system="galactic"/></RESOURCE></VOTABLE>"""


def _of_several(tmp_path, outside="", after=""):
    path = tmp_path / "table.vot"
    path.write_text(SEVERAL.format(outside=outside, rows=ROW, after=after))
    with open_table(path, lambda columns: "ra" in columns) as table:
        return table


@pytest.mark.parametrize(
    ("outside", "frame"),
    [("", ""), ('<COOSYS ID="new" system="FK5"/>', "FK5")],
)
def test_a_frame_of_another_table_or_resource_is_not_that_of_a_table(
    outside, frame, tmp_path
):
    assert _of_several(tmp_path, outside).frame == frame


def test_an_answer_that_a_service_cut_off_is_told(tmp_path):
    status = '<INFO name="QUERY_STATUS" value="{}"/>'
    whole = _of_several(tmp_path, status.format("OK"))
    cut = _of_several(tmp_path, status.format("OK"), status.format("OVERFLOW"))
    assert not any("OVERFLOW" in words for words in whole.left_out)
    assert any("OVERFLOW" in words for words in cut.left_out)
    with pytest.raises(UnreadableTable, match="error message of a service"):
        _of_several(tmp_path, status.format("ERROR"))
