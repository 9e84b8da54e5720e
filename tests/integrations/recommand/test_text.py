"""Documents travel as text: UTF-8 stays as it is, anything else is written anew with the same content."""

from banqup.einvoicing.safe_xml import canonical, parse
from integrations.recommand.api import _bytes, _text


def test_utf_8_goes_and_comes_byte_by_byte():
    for data in (b"<a>\xc3\xa9</a>", b"<?xml version='1.0' encoding='UTF-8'?>\r\n<a>\xc3\xa9</a>\n"):
        assert _bytes(_text(data)) == data


def test_another_encoding_keeps_its_content():
    data = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<a b="1">\xe9</a>'
    assert canonical(parse(_text(data).encode())) == canonical(parse(data))
    came = '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n<a>é</a>'
    assert parse(_bytes(came)).text == "é"
