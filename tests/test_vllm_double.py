from __future__ import annotations

import base64
import http.client
import io
import json
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from mineru_cli.pages.pixels import encode
from tests.vllm_double import Double, DoubleProcess, layout_of, pixel_hash, reply_to
from tests.vllm_double.contract import rows_hash

LAYOUT, TEXT = "\nLayout Detection:", "\nText Recognition:"


def png(shade: int, mode: str = "L", size: tuple[int, int] = (40, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, shade).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def ask(url: str, image: bytes, prompt: str, model: str = "mineru", key: str = "") -> dict:
    data_url = "data:image/png;base64," + base64.b64encode(image).decode()
    content = [{"type": "image_url", "image_url": {"url": data_url}}, {"type": "text", "text": prompt}]
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": content}]}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url + "/v1/chat/completions", body, headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.loads(reply.read())


def text_of(reply: dict) -> str:
    return reply["choices"][0]["message"]["content"]


def refused(url: str, *arguments: object, **options: object) -> tuple[int, dict | str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(url, *arguments, **options)
    with caught.value as error:
        body = error.read().decode()
    return error.code, json.loads(body) if body.startswith("{") else body


@pytest.fixture
def double():
    with Double() as server:
        yield server


def test_answers_come_from_the_pixels_whatever_their_encoding(double):
    grey, colour = png(7, "L"), png(7, "RGB")
    assert grey != colour
    assert pixel_hash(grey) == pixel_hash(colour) != pixel_hash(png(8))
    assert text_of(ask(double.url, grey, TEXT)) == text_of(ask(double.url, colour, TEXT))
    assert text_of(ask(double.url, grey, TEXT)) == reply_to(TEXT, pixel_hash(grey))
    assert double.stats()["answered_by_image"] == {pixel_hash(grey): 3}


def test_layouts_are_parsed_by_mineru_and_their_blocks_do_not_overlap(double):
    from mineru_vl_utils.mineru_client import MinerUClientHelper

    helper = MinerUClientHelper.__new__(MinerUClientHelper)
    helper.debug = False
    digest = pixel_hash(png(3))
    parsed = helper.parse_layout_output(text_of(ask(double.url, png(3), LAYOUT)))
    expected = layout_of(digest)
    assert [(b.type, [round(v * 1000) for v in b.bbox]) for b in parsed] == [
        (t, list(b)) for t, b in expected
    ]
    for i, (_, one) in enumerate(expected):
        for _, two in expected[i + 1 :]:
            assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]


def test_errors_have_the_shapes_of_a_real_server():
    with Double(api_key="secret") as double:
        assert refused(double.url, png(1), TEXT) == (401, {"error": "Unauthorized"})
        code, body = refused(double.url, png(1), TEXT, model="nope", key="secret")
        assert (code, body["error"]["param"]) == (404, "model")
        code, body = refused(double.url, b"no image", TEXT, key="secret")
        assert code == 400
        assert body["error"]["type"] == "BadRequestError"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("500", 500),
        ("408", 408),
        ("429", 429),
        ("503busy", 503),
        ("503html", 503),
        ("502", 502),
        ("501", 501),
    ],
)
def test_faults_occur_at_the_configured_rate(double, kind, status):
    double.control(faults=[{"kind": kind, "count": 1}])
    assert refused(double.url, png(1), TEXT)[0] == status
    assert text_of(ask(double.url, png(1), TEXT))
    assert double.stats()["faults"] == {kind: 1}


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_connections_break_on_command(double, kind):
    double.control(faults=[{"kind": kind, "count": 1}])
    with pytest.raises((ConnectionError, http.client.HTTPException, urllib.error.URLError)):
        ask(double.url, png(1), TEXT)
    assert text_of(ask(double.url, png(1), TEXT))


@pytest.mark.parametrize("kind", ["abort", "length", "repetition"])
def test_generations_end_as_configured(double, kind):
    double.control(faults=[{"kind": kind, "match": "block"}])
    assert ask(double.url, png(1), TEXT)["choices"][0]["finish_reason"] == kind
    assert ask(double.url, png(1), LAYOUT)["choices"][0]["finish_reason"] == "stop"


def test_slots_never_exceed_the_limit_and_their_time_is_summed():
    with Double(slots=2, block_seconds=0.05) as double:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda shade: ask(double.url, png(shade), TEXT), range(6)))
        stats = double.stats()
    assert stats["max_running"] == 2
    assert stats["answered"] == 6
    assert stats["busy_slot_seconds"] >= 0.3
    assert 0 < stats["busy_share"] <= 1


def test_the_rows_of_a_png_have_one_hash_however_they_are_compressed():
    image = Image.new("L", (50, 40), 7)
    image.putpixel((3, 3), 9)
    ours = encode.png(image)
    raw = zlib.decompress(ours[41 : 41 + int.from_bytes(ours[33:37], "big")])
    again = zlib.compress(raw, 9)
    parts = (ours[:33], len(again).to_bytes(4, "big"), b"IDAT", again, bytes(4), ours[-12:])
    assert b"".join(parts) != ours
    assert rows_hash(b"".join(parts)) == rows_hash(ours)
    image.putpixel((3, 3), 10)
    assert rows_hash(encode.png(image)) != rows_hash(ours)


def test_it_can_be_killed_and_started_again_on_its_port():
    with DoubleProcess("--slots", "3") as double:
        url = double.url
        assert text_of(ask(url, png(1), TEXT))
        double.kill()
        with pytest.raises(urllib.error.URLError):
            ask(url, png(1), TEXT)
        double.start()
        assert double.url == url
        assert text_of(ask(url, png(1), TEXT))


def test_refusing_leaves_the_control_port_open(double):
    double.control(dead=True)
    with pytest.raises(urllib.error.URLError):
        ask(double.url, png(1), TEXT)
    double.control(dead=False)
    assert text_of(ask(double.url, png(1), TEXT))


def test_metrics_carry_the_names_of_vllm(double):
    ask(double.url, png(1), TEXT)
    with urllib.request.urlopen(double.url + "/metrics", timeout=10) as reply:
        text = reply.read().decode()
    assert 'vllm:num_requests_running{engine="0",model_name="mineru"} 0.0' in text
    assert 'vllm:request_success_total{finished_reason="stop",engine="0",model_name="mineru"} 1.0' in text
