"""A VOTable that points elsewhere, or claims too much, never reaches astropy."""

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
    assert "external reference" in message or "not a known table" in message


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
    assert "no plain numbers" in _refusal(path)
