"""Signatures against Amazon's own published examples (S3 API reference, header-based authentication)."""

from datetime import UTC, datetime

from integrations.s3 import signing

KEYS = {
    "access_key": "AKIAIOSFODNN7EXAMPLE",
    "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region": "us-east-1",
    "now": datetime(2013, 5, 24, tzinfo=UTC),
}


def signature(method, address, headers, body=b""):
    url = f"https://examplebucket.s3.amazonaws.com{address}"
    sent = signing.signed(method, url, headers=headers, body=body, **KEYS)
    return sent["authorization"].rpartition("Signature=")[2]


def test_get_of_a_part_of_an_object():
    expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert signature("GET", "/test.txt", {"Range": "bytes=0-9"}) == expected


def test_put_of_an_object_with_an_awkward_name():
    headers = {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    expected = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    assert signing.encoded("test$file.text") == "test%24file.text"
    assert signature("PUT", "/test%24file.text", headers, b"Welcome to Amazon S3.") == expected


def test_listing_of_a_bucket():
    expected = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    assert signature("GET", "/?max-keys=2&prefix=J", {}) == expected


def test_names_are_encoded_as_they_are_signed():
    assert signing.encoded("a b/é+~=&?#%.xml") == "a%20b/%C3%A9%2B~%3D%26%3F%23%25.xml"
