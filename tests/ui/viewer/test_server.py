"""Answers over a real socket: who may ask, and what for."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from ui.run_folders import FIGURE, SCRIPT, folder_of_a_run

from mineru_cli.ui.viewer.answers import Answer, Viewer
from mineru_cli.ui.viewer.pictures import Pictures
from mineru_cli.ui.viewer.server import ViewerServer


class Asked:
    def __init__(self, server: ViewerServer, out: Path) -> None:
        self.server, self.out = server, out

    def raw(
        self, path: str, host: str | None = None, method: str = "GET"
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=30)
        headers = {} if host is None else {"Host": host}
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def get(self, name: str, /, **query: object) -> tuple[int, dict[str, str], bytes]:
        asked = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in query.items())
        return self.raw(f"{urlsplit(self.server.url).path}{name}?{asked}")

    def json(self, name: str, /, **query: object):
        status, _, body = self.get(name, **query)
        assert status == 200, body
        return json.loads(body)

    @property
    def hostile(self) -> str:
        return next(one["key"] for one in self.json("documents", text="hostile")["documents"])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    out = folder_of_a_run(tmp_path_factory.mktemp("run"))
    with Pictures() as pictures, ViewerServer(Viewer(out, pictures)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield Asked(server, out)
        server.shutdown()
        thread.join()


def test_it_listens_on_this_machine_only(asked: Asked):
    assert asked.server.server_address[0] == "127.0.0.1"
    assert len(asked.server.token) >= 20


def test_without_the_token_there_is_nothing(asked: Asked):
    token = asked.server.token
    for path in (
        "/",
        "/viewer.js",
        f"/{token}",
        f"/{token[:-1]}/",
        f"/x{token}/",
        "//",
        f"/%00/{token}/",
        "/%ff/",
    ):
        status, _, body = asked.raw(path)
        assert (status, body) == (404, b"not found\n"), path


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_name_is_refused(asked: Asked, host: str):
    assert asked.raw(urlsplit(asked.server.url).path, host=host)[0] == 403


def test_localhost_is_us_too(asked: Asked):
    host = f"localhost:{asked.server.server_port}"
    assert asked.raw(urlsplit(asked.server.url).path, host=host)[0] == 200


def test_every_answer_forbids_scripts_and_requests_but_ours(asked: Asked):
    for status, headers, _ in (asked.get(""), asked.get("documents"), asked.raw("/")):
        assert status in (200, 404)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_it_only_answers_questions(asked: Asked):
    path = urlsplit(asked.server.url).path
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert asked.raw(path, method=method)[0] == 501


def test_documents_and_pages(asked: Asked):
    found = asked.json("documents")
    assert found["total"] == 3
    assert [one["status"] for one in found["documents"]] == ["partial", "failed", "done"]
    assert asked.json("documents", troubled=1)["total"] == 2
    document = asked.json("document", key=asked.hostile)
    assert document["source"] == "here"
    assert [(page["failed"], page["flaws"]) for page in document["list"]] == [
        (False, 0),
        (False, 1),
        (True, 0),
    ]
    locked = asked.json("document", key="locked")
    assert locked["failure"]["hint"] == "Give it with --password."
    assert [page["index"] for page in locked["list"]] == [0]


def test_a_page_has_blocks_with_boxes_and_harmless_html(asked: Asked):
    page = asked.json("page", key=asked.hostile, page=0)
    assert [block["kind"] for block in page["blocks"]] == ["title", "text", "table", "code", "image", "text"]
    assert SCRIPT not in json.dumps(page["blocks"])
    assert asked.json("page", key=asked.hostile, page=2)["failure"].startswith("too slow")
    assert asked.json("page", key=asked.hostile, page=1)["blocks"][0]["kind"] == "text"


def test_pictures_and_figures(asked: Asked):
    status, headers, body = asked.get("picture", key=asked.hostile, page=1)
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert body.startswith(b"\x89PNG")
    status, headers, body = asked.get("figure", key=asked.hostile, name=FIGURE)
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert asked.get("figure", key="plain/letter", name="../letter.md")[0] == 404
    assert asked.get("figure", key="../pdfs", name=FIGURE)[0] == 404


def test_a_folder_that_leads_out_of_the_output_is_not_followed(asked: Asked, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("root")
    images = asked.out / "plain" / "letter" / "vlm" / "images"
    (images / f"{'cd' * 32}.jpg").symlink_to(secret)
    assert asked.get("figure", key="plain/letter", name=f"{'cd' * 32}.jpg")[0] == 404


def test_the_files_of_a_document_are_named_and_read_as_text(asked: Asked):
    key = asked.hostile
    names = asked.json("document", key=key)["files"]
    (markdown,) = [name for name in names if name.endswith(".md")]
    assert any(name.endswith("_middle.json") for name in names)
    status, headers, body = asked.get("file", key=key, name=markdown)
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert body == (asked.out / key / "vlm" / markdown).read_bytes()


@pytest.mark.parametrize("name", ["", "../run.json", "/etc/passwd", "images", "no.md"])
def test_no_other_file_is_read(asked: Asked, name: str):
    assert asked.get("file", key=asked.hostile, name=name)[0] == 404


def test_a_link_among_the_files_is_left_out(tmp_path: Path):
    out = folder_of_a_run(tmp_path)
    (tmp_path / "secret.md").write_text("secret")
    with Pictures() as pictures:
        viewer = Viewer(out, pictures)
        key = json.loads(viewer.answer("documents", {}).body)["documents"][0]["key"]
        (out / key / "vlm" / "link.md").symlink_to(tmp_path / "secret.md")
        assert "link.md" not in json.loads(viewer.answer("document", {"key": key}).body)["files"]
        assert viewer.answer("file", {"key": key, "name": "link.md"}).status == 404


def test_search_finds_places_in_any_case(asked: Asked):
    hits = asked.json("search", key=asked.hostile, text="LAMP")["hits"]
    assert [(hit["page"], hit["block"]) for hit in hits] == [(0, 1), (0, 2), (1, 2)]
    assert hits[0]["match"] == "Lamp"
    assert asked.json("search", key=asked.hostile, text="(.*")["hits"] == []


def test_problems_in_order(asked: Asked):
    first = asked.json("problem")["found"]
    assert first == {"key": asked.hostile, "page": 1}
    second = asked.json("problem", **first)["found"]
    assert second["page"] == 2
    third = asked.json("problem", **second)["found"]
    assert third == {"key": "locked", "page": -1}
    assert asked.json("problem", **third, back=1)["found"] == second


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("page", {"key": "nothing", "page": 0}),
        ("page", {"key": "locked", "page": "x"}),
        ("page", {"key": "locked", "page": -5}),
        ("picture", {"key": "locked", "page": "9" * 50}),
        ("document", {}),
        ("nothing", {}),
        ("../viewer.js", {}),
        ("document", {"key": "\x00"}),
    ],
)
def test_strange_questions_get_no_answer(asked: Asked, name: str, query: dict):
    assert asked.get(name, **query)[0] == 404


def test_a_missing_or_changed_source_is_reported(tmp_path: Path):
    out = folder_of_a_run(tmp_path)
    (tmp_path / "pdfs" / "letter.pdf").write_bytes(b"%PDF-1.4 other")
    (tmp_path / "pdfs" / "locked.pdf").unlink()
    with Pictures() as pictures:
        viewer = Viewer(out, pictures)
        assert json.loads(viewer.answer("document", {"key": "plain/letter"}).body)["source"] == "changed"
        assert json.loads(viewer.answer("document", {"key": "locked"}).body)["source"] == "gone"
        picture = viewer.answer("picture", {"key": "locked", "page": "0"})
    assert (picture.status, picture.media_type) == (404, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file or directory"), PermissionError(13, "Permission denied")]
)
def test_a_file_that_went_away_costs_an_answer_and_not_the_connection(error: OSError):
    class Gone:
        def answer(self, name: str, query: object) -> Answer:
            raise error

    with ViewerServer(Gone()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        status, _, body = Asked(server, Path()).get("picture")
        server.shutdown()
        thread.join()
    assert (status, body.decode()) == (500, f"{error.strerror}\n")
