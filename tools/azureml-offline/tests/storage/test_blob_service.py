import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from azureml_offline.resources import identity
from azureml_offline.storage import blobs
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]

BLOCKS = b"<BlockList><Latest>YQ==</Latest><Latest>Yg==</Latest></BlockList>"


def test_a_blob_is_read_as_it_was_written(storage: Ask) -> None:
    assert storage("PUT /data/a/b.bin", b"bytes").status_code == 201
    answer = storage("GET /data/a/b.bin")
    assert (answer.data, answer.headers["x-ms-blob-type"]) == (b"bytes", "BlockBlob")


@pytest.mark.parametrize(("asked", "got"), [("bytes=0-2", b"abc"), ("bytes=3-", b"def"), ("bytes=4-99", b"ef")])
def test_a_range_is_part_of_the_blob(storage: Ask, asked: str, got: bytes) -> None:
    storage("PUT /data/letters", b"abcdef")
    answer = storage("GET /data/letters", headers={"x-ms-range": asked})
    assert (answer.status_code, answer.data) == (206, got)
    assert answer.headers["Content-Range"].endswith("/6")


def test_a_range_behind_the_end_is_refused(storage: Ask) -> None:
    storage("PUT /data/empty")
    assert storage("GET /data/empty", headers={"Range": "bytes=0-9"}).status_code == 416


def test_blocks_become_a_blob_when_their_list_comes(storage: Ask) -> None:
    storage("PUT /data/large", b"first ", query={"comp": "block", "blockid": "YQ=="})
    storage("PUT /data/large", b"second", query={"comp": "block", "blockid": "Yg=="})
    assert storage("GET /data/large").status_code == 404
    storage("PUT /data/large", BLOCKS, query={"comp": "blocklist"})
    assert storage("GET /data/large").data == b"first second"


def test_appended_bytes_say_where_they_begin(storage: Ask) -> None:
    storage("PUT /data/log")
    offsets = [
        storage("PUT /data/log", line, query={"comp": "appendblock"}).headers["x-ms-blob-append-offset"]
        for line in (b"one\n", b"two\n")
    ]
    assert (offsets, storage("GET /data/log").data) == (["0", "4"], b"one\ntwo\n")


def test_a_blob_that_must_be_new_is_not_replaced(storage: Ask) -> None:
    storage("PUT /data/new", b"old")
    answer = storage("PUT /data/new", b"new", headers={"If-None-Match": "*"})
    assert (answer.status_code, storage("GET /data/new").data) == (409, b"old")


def test_blobs_are_listed_by_prefix(storage: Ask) -> None:
    assert storage("PUT /data").status_code == 201
    for path in ("a/1", "a/2", "b/1"):
        storage(f"PUT /data/{path}", b"x")
    listed = storage("GET /data", query={"comp": "list", "prefix": "a/"}).text
    assert listed.count("<Blob>") == 2
    assert "<Name>a/2</Name>" in listed
    assert storage("GET /data", query={"restype": "container"}).status_code == 200


def test_a_deleted_blob_is_gone(storage: Ask) -> None:
    storage("PUT /data/x", b"x")
    assert storage("DELETE /data/x").status_code == 202
    answer = storage("GET /data/x")
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (404, "BlobNotFound")


def test_without_the_signature_nothing_is_read(storage: Ask) -> None:
    storage("PUT /data/x", b"x")
    assert storage("GET /data/x", query={"sig": "guessed"}).status_code == 403


@pytest.mark.parametrize(
    ("audience", "seconds", "status"),
    [
        ("https://storage.azure.com", 60, 200),
        ("https://storage.azure.com/.default", 60, 200),
        ("https://management.azure.com", 60, 401),
        ("https://storage.azure.com", -1, 401),
    ],
    ids=["resource", "scope", "for-another-service", "expired"],
)
def test_a_token_for_storage_opens_it(
    ask: Ask, storage: Ask, state: State, audience: str, seconds: int, status: int
) -> None:
    storage("PUT /data/x", b"x")
    bearer = identity.issue(state, "somebody", audience, seconds)
    answer = ask("GET /data/x", host=state.names.blob_host, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == status


@pytest.mark.parametrize(("identity_based", "status"), [(False, 200), (True, 403)], ids=["keys", "identity-based"])
def test_the_account_s_key_opens_it_unless_it_is_identity_based(
    ask: Ask, storage: Ask, state: State, identity_based: bool, status: int
) -> None:
    storage("PUT /data/x", b"x")
    state.identity_based = identity_based
    headers = {"Authorization": f"SharedKey {state.names.account}:signature"}
    assert ask("GET /data/x", host=state.names.blob_host, headers=headers).status_code == status
    headers = {"Authorization": "SharedKey another:signature"}
    assert ask("GET /data/x", host=state.names.blob_host, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["..%2f..%2fsecret", "a/..%2f..%2f..%2fsecret"])
def test_no_path_leads_out_of_the_folder(storage: Ask, state: State, path: str) -> None:
    (state.folder / "secret").parent.mkdir(parents=True)
    (state.folder / "secret").write_text("x")
    assert storage(f"GET /data/{path}").status_code == 404


@pytest.mark.parametrize("name", ["a#1", "b%41", "c?x", "d+e f", "ä ö"])
def test_a_url_leads_to_the_blob_of_its_name(ask: Ask, storage: Ask, state: State, name: str) -> None:
    url = blobs.url(state, "data", f"folder/{name}")
    storage(f"PUT /data/folder/{quote(name)}", name.encode())
    path, _, query = url.partition(state.names.blob_host)[2].partition("?")
    assert ask(f"GET {path}", host=state.names.blob_host, query_string=query).data == name.encode()
    # As azureml-core uploads: it quotes the path of the URL once more.
    ask(f"PUT {quote(path)}", host=state.names.blob_host, query_string=query, data=b"new")
    assert [file.name for file in (state.folder / "blobs/data/folder").iterdir()] == [name]
    assert storage(f"GET /data/folder/{quote(name)}").data == b"new"


def test_a_signature_opens_its_own_blob_alone(ask: Ask, storage: Ask, state: State) -> None:
    storage("PUT /data/y", b"y")
    query = blobs.url(state, "data", "x").partition("?")[2]
    answer = ask("GET /data/y", host=state.names.blob_host, query_string=query)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")
    assert "Server failed to authenticate the request." in answer.text


def test_a_blob_that_changes_between_two_parts_of_a_download_is_noticed(storage: Ask) -> None:
    storage("PUT /data/x", b"old")
    tag = storage("GET /data/x").headers["ETag"]
    assert storage("GET /data/x", headers={"If-Match": tag}).status_code == 200
    time.sleep(0.01)  # a tag is the time of the last change
    storage("PUT /data/x", b"new")
    assert storage("GET /data/x", headers={"If-Match": tag}).status_code == 412


def test_a_list_of_unknown_blocks_and_a_blob_that_is_gone_are_refused(storage: Ask) -> None:
    answer = storage("PUT /data/large", BLOCKS, query={"comp": "blocklist"})
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "InvalidBlockList")
    assert storage("DELETE /data/none").status_code == 404
