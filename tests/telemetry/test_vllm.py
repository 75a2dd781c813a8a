from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.domain.events import ServerGauge
from mineru_cli.telemetry.vllm import ServerLoad, read_load

BUSY = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="mineru"} 1.0
vllm:num_requests_waiting{engine="0",model_name="mineru"} 0.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="mineru",reason="capacity"} 7.0
vllm:kv_cache_usage_perc{engine="0",model_name="mineru"} 0.25
vllm:prompt_tokens_total{engine="0",model_name="mineru"} 2796.0
vllm:prompt_tokens_created{engine="0",model_name="mineru"} 1.7954308550626495e+09
vllm:generation_tokens_total{engine="0",model_name="mineru"} 10.0
vllm:num_preemptions_total{engine="0",model_name="mineru"} 0.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="mineru"} 0.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="mineru"} 2.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="mineru"} 0.6321847438812256
vllm:iteration_tokens_total_bucket{engine="0",le="+Inf",model_name="mineru"} 8739.0
vllm:iteration_tokens_total_count{engine="0",model_name="mineru"} 8739.0
vllm:iteration_tokens_total_sum{engine="0",model_name="mineru"} 10373.0
http_requests_total{handler="/v1/models",method="GET",status="2xx"} 1.0
"""


def test_a_page_of_a_real_server_is_read():
    load = read_load(BUSY)
    assert load == ServerLoad(
        running=1.0,
        waiting=0.0,
        kv_usage=0.25,
        generation_tokens=10.0,
        prompt_tokens=2796.0,
        preemptions=0.0,
        ttft_sum=0.6321847438812256,
        ttft_count=2.0,
        iterations=8739.0,
    )


def test_the_whole_captured_pages_are_read(shared):
    calm = read_load((shared / "vllm-wire" / "metrics.txt").read_text())
    busy = read_load((shared / "vllm-wire" / "metrics_busy.txt").read_text())
    assert (calm.running, calm.iterations) == (0.0, 10.0)
    assert (busy.running, busy.iterations) == (1.0, 8739.0)


def test_engines_are_summed_and_their_cache_use_is_averaged():
    second = BUSY.replace('engine="0"', 'engine="1"').replace("} 0.25", "} 0.75")
    load = read_load(BUSY + second)
    assert (load.running, load.prompt_tokens, load.iterations, load.kv_usage) == (2.0, 5592.0, 17478.0, 0.5)


def test_metrics_that_a_server_does_not_export_stay_unknown():
    assert read_load("") is None
    assert read_load("python_info 1.0\nhttp_requests_total 3\n") is None
    assert read_load('vllm:num_requests_running{a="b"} 3 1795430857000\n') == ServerLoad(running=3.0)
    assert read_load("vllm:num_requests_running NaN\n") is None


def test_labels_may_hold_anything():
    line = 'vllm:num_requests_running{model_name="a } 5 \\" b"} 3.0\n'
    assert read_load(line) == ServerLoad(running=3.0)


def test_a_sample_becomes_an_event():
    assert read_load(BUSY).gauge("http://s") == ServerGauge(
        "http://s",
        running=1.0,
        waiting=0.0,
        kv_usage=0.25,
        generation_tokens=10.0,
        prompt_tokens=2796.0,
        preemptions=0.0,
        ttft_sum=0.6321847438812256,
        ttft_count=2.0,
    )


@given(st.lists(st.sampled_from([*BUSY.splitlines(), "vllm:num_requests_running", "vllm:", "} {", ""])))
def test_torn_pages_do_no_harm(lines):
    load = read_load("\n".join(line[: len(line) - i % 3] for i, line in enumerate(lines)))
    assert load is None or isinstance(load, ServerLoad)
