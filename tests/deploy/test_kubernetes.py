"""Manifests: built by the real kubectl, valid for the API, and within rules of our own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import kubernetes_validate
import pytest
import typer
import yaml
from jsonschema import Draft202012Validator

from mineru_cli.cli.app import app
from mineru_cli.engine.output_lock import LOOK_EVERY
from mineru_cli.observe.metrics.declared import METRICS, PREFIX

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
OVERLAYS = ["base", *sorted(path.name for path in (KUBERNETES / "overlays").iterdir())]
KUBECTL = (
    shutil.which("kubectl", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    or "kubectl"
)
VERSIONS = ("1.33", "1.37")
CUSTOM = yaml.safe_load((Path(__file__).parent / "custom_resources.yaml").read_text())
GPU = "nvidia.com/gpu"
STALE = 120
"""Seconds until a lock in object storage is taken over: STALE of store.objects.lock, which needs obstore."""


@cache
def built(overlay: str) -> tuple[dict[str, Any], ...]:
    folder = KUBERNETES / overlay if overlay == "base" else KUBERNETES / "overlays" / overlay
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True)
    return tuple(yaml.safe_load_all(done.stdout))


def every() -> list[tuple[str, dict[str, Any]]]:
    found = [(overlay, resource) for overlay in OVERLAYS for resource in built(overlay)]
    hpa = yaml.safe_load((KUBERNETES / "overlays/vllm-replicas/hpa.yaml").read_text())
    return [*found, ("vllm-replicas", hpa)]


def pods() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Where it is from, its labels and its specification."""
    found = []
    for overlay, resource in every():
        name = f"{overlay}/{resource['kind']}"
        if resource["kind"] in ("Deployment", "Job"):
            template = resource["spec"]["template"]
            found.append((name, template["metadata"]["labels"], template["spec"]))
        if resource["kind"] == "RayJob":
            cluster = resource["spec"]["rayClusterSpec"]
            templates = [
                resource["spec"]["submitterPodTemplate"],
                *(group["template"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])),
            ]
            found += [(name, template["metadata"]["labels"], template["spec"]) for template in templates]
    return found


def named(overlay: str, kind: str, name: str) -> dict[str, Any]:
    (found,) = (one for one in built(overlay) if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found


PODS = pytest.mark.parametrize(("labels", "pod"), [pytest.param(b, c, id=a) for a, b, c in pods()])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_resources_are_valid_for_the_api(overlay: str, version: str):
    core = [one for one in built(overlay) if one["kind"] not in CUSTOM]
    for resource in core:
        kubernetes_validate.validate(resource, version, strict=True)
    assert core


def test_the_autoscaler_that_stands_alone_is_valid():
    hpa = yaml.safe_load((KUBERNETES / "overlays/vllm-replicas/hpa.yaml").read_text())
    kubernetes_validate.validate(hpa, VERSIONS[-1], strict=True)
    assert (
        hpa["spec"]["scaleTargetRef"]["name"]
        == named("vllm-replicas", "Deployment", "vllm")["metadata"]["name"]
    )


def test_custom_resources_use_the_fields_that_their_definitions_know():
    seen = set()
    for _, resource in every():
        if resource["kind"] in CUSTOM:
            Draft202012Validator(CUSTOM[resource["kind"]]).validate(resource)
            seen.add(resource["kind"])
    assert seen == set(CUSTOM)


def test_a_field_that_does_not_exist_is_noticed():
    wrong = {**named("worker-job", "Job", "convert")}
    wrong["spec"] = {**wrong["spec"], "parallelismus": 3}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)
    monitor = {**named("observability", "PodMonitor", "vllm"), "spek": {}}
    assert list(Draft202012Validator(CUSTOM["PodMonitor"]).iter_errors(monitor))


@PODS
def test_only_the_server_takes_a_gpu(labels: dict[str, str], pod: dict[str, Any]):
    taken = [container["resources"]["limits"].get(GPU) for container in pod["containers"]]
    assert taken == (["1"] if labels["app.kubernetes.io/name"] == "vllm" else [None])


@PODS
def test_containers_have_no_rights_and_no_place_to_write_but_volumes(
    labels: dict[str, str], pod: dict[str, Any]
):
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert (context["allowPrivilegeEscalation"], context["capabilities"]) == (False, {"drop": ["ALL"]})
        # Ray writes into its own installation.
        assert context.get("readOnlyRootFilesystem") or labels.get("mineru-batch/engine") == "ray"


@PODS
def test_memory_is_requested_and_limited_and_volumes_are_bounded(labels: dict[str, str], pod: dict[str, Any]):
    for container in pod["containers"]:
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
    memory = [one for one in pod["volumes"] if one.get("emptyDir", {}).get("medium") == "Memory"]
    assert all("sizeLimit" in one["emptyDir"] for one in memory)


@PODS
def test_secrets_are_referenced_and_never_held(labels: dict[str, str], pod: dict[str, Any]):
    for container in pod["containers"]:
        for variable in container.get("env", []):
            secret = any(word in variable["name"] for word in ("KEY", "TOKEN", "SECRET", "PASSWORD"))
            assert ("valueFrom" in variable) or not secret, variable["name"]


def test_nothing_is_a_secret():
    assert not [one for _, one in every() if one["kind"] == "Secret"]


def test_probes_of_a_busy_server_are_patient():
    (container,) = named("vllm", "Deployment", "vllm")["spec"]["template"]["spec"]["containers"]
    startup, liveness, readiness = (
        container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")
    )
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 1200, (
        "a first start downloads the weights"
    )
    assert liveness["timeoutSeconds"] >= 5
    assert liveness["failureThreshold"] >= 6
    assert readiness["periodSeconds"] * readiness["failureThreshold"] <= 30


def test_probes_of_workers_start_at_once():
    for overlay in ("worker-job", "worker-deployment"):
        (workload,) = (one for one in built(overlay) if one["kind"] in ("Job", "Deployment"))
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        probes = [value for key, value in container.items() if key.endswith("Probe")]
        assert probes
        assert all(probe.get("initialDelaySeconds", 0) <= 5 for probe in probes)
        assert all(probe["httpGet"] == {"path": "/metrics", "port": "metrics"} for probe in probes)
        assert "--metrics-port=9464" in container["args"]


def test_only_pods_of_an_indexed_job_use_their_index():
    """The variable is not there in other pods: the run would end with exit code 2, again and again."""
    for overlay, resource in every():
        indexed = resource.get("spec", {}).get("completionMode") == "Indexed"
        text = yaml.safe_dump(resource)
        assert indexed or ("JOB_COMPLETION_INDEX" not in text and "--shard=index" not in text), overlay


@pytest.mark.timeout(300)
def test_a_worker_that_waits_for_a_server_is_ready(tmp_path: Path):
    """The probes ask what a run serves from its start, whether a model server answers or not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    options = ["--metrics-port", str(port), "--server-url", "http://127.0.0.1:9", "--server-wait", "600"]
    command = [
        sys.executable,
        "-m",
        "mineru_cli",
        "convert",
        tmp_path / "a.pdf",
        "-o",
        tmp_path / "out",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            answer = ""
            while not answer:
                assert run.poll() is None, "it ended"
                with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
                    answer = reply.read().decode()
                time.sleep(0.05)
            assert "mineru_batch_" in answer
        finally:
            run.kill()


def test_the_server_has_time_to_finish_its_requests():
    pod = named("vllm", "Deployment", "vllm")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (timeout,) = (one for one in container["args"] if one.startswith("--shutdown-timeout="))
    pre_stop = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pre_stop + int(timeout.partition("=")[2]) < pod["terminationGracePeriodSeconds"]


def test_one_gpu_is_never_assigned_two_servers():
    rolling = named("vllm", "Deployment", "vllm")["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_disruption_budget_only_stands_above_one_replica():
    for overlay in OVERLAYS:
        budgets = [one for one in built(overlay) if one["kind"] == "PodDisruptionBudget"]
        servers = [
            one for one in built(overlay) if one["metadata"]["name"] == "vllm" and one["kind"] == "Deployment"
        ]
        replicas = servers[0]["spec"]["replicas"] if servers else 0
        assert bool(budgets) == (replicas > 1), overlay


def test_all_traffic_is_denied_that_is_not_listed():
    deny = named("base", "NetworkPolicy", "default-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@PODS
def test_every_pod_runs_in_an_account_of_ours_or_of_the_operator(labels: dict[str, str], pod: dict[str, Any]):
    account = named("base", "ServiceAccount", "mineru")
    assert account["automountServiceAccountToken"] is False
    of_ray = labels.get("mineru-batch/engine") == "ray"  # its autoscaler needs rights, which KubeRay gives it
    assert pod.get("serviceAccountName", "") == ("" if of_ray else account["metadata"]["name"])


def test_workers_and_prometheus_are_all_that_reach_the_server():
    (rule,) = named("base", "NetworkPolicy", "vllm")["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 8000}]
    assert [next(iter(source)) for source in rule["from"]] == ["podSelector", "namespaceSelector"]
    role = rule["from"][0]["podSelector"]["matchLabels"]
    others = {"vllm", "mineru-ray-submitter"}
    workers = [labels for _, labels, _ in pods() if labels["app.kubernetes.io/name"] not in others]
    assert workers
    assert all(role.items() <= labels.items() for labels in workers)


def test_exit_codes_decide_whether_a_pod_is_tried_again():
    rules = named("worker-job", "Job", "convert")["spec"]["podFailurePolicy"]["rules"]
    actions = {
        code: rule["action"]
        for rule in rules
        if "onExitCodes" in rule
        for code in rule["onExitCodes"]["values"]
    }
    assert actions == {1: "FailIndex", 2: "FailIndex", 3: "FailIndex", 4: "Count", 130: "Count"}


def test_a_failed_share_does_not_end_the_others():
    """With ``maxFailedIndexes: 0`` one unreadable PDF would stop all pods of the Job."""
    assert "maxFailedIndexes" not in named("worker-job", "Job", "convert")["spec"]


def test_a_pod_may_wait_for_the_lock_of_one_that_was_killed():
    for overlay, kind in (("worker-job", "Job"), ("worker-deployment", "Deployment")):
        (container,) = named(overlay, kind, "convert")["spec"]["template"]["spec"]["containers"]
        startup = container["startupProbe"]
        assert startup["periodSeconds"] * startup["failureThreshold"] > STALE + LOOK_EVERY + 30


def test_each_pod_of_the_job_takes_its_own_share():
    job = named("worker-job", "Job", "convert")["spec"]
    (container,) = job["template"]["spec"]["containers"]
    assert f"--shard=index/{job['completions']}" in container["args"]
    assert [one for one in container["args"] if one.startswith("--output=")] == [
        "--output=s3://documents/out/$(JOB_COMPLETION_INDEX)"
    ], "each share has a ledger and a lock of its own"


def test_commands_use_options_that_exist():
    convert = typer.main.get_command(app).commands["convert"]
    known = {name for parameter in convert.params for name in parameter.opts}
    for _, _, pod in pods():
        for container in pod["containers"]:
            words = " ".join([*container.get("command", []), *container.get("args", [])]).split()
            for word in words if "convert" in words else []:
                if word.startswith("--"):
                    assert word.partition("=")[0] in known, word


def test_scaling_queries_a_metric_of_ours():
    query = named("observability", "ScaledObject", "vllm")["spec"]["triggers"][0]["metadata"]["query"]
    assert query in {f"sum({PREFIX}{metric.name})" for metric in METRICS}


def test_monitors_select_pods_that_exist():
    for name in ("mineru-batch", "vllm"):
        spec = named("observability", "PodMonitor", name)["spec"]
        wanted = spec["selector"]["matchLabels"].items()
        chosen = [pod for _, labels, pod in pods() if wanted <= labels.items()]
        assert chosen
        ports = {port["name"] for pod in chosen for one in pod["containers"] for port in one.get("ports", [])}
        assert {endpoint["port"] for endpoint in spec["podMetricsEndpoints"]} <= ports


def test_targets_have_the_job_names_that_alerts_ask_for():
    """The operator's own would be ``mineru/vllm``, which no alert matches."""
    given = set()
    for name in ("mineru-batch", "vllm"):
        (endpoint,) = named("observability", "PodMonitor", name)["spec"]["podMetricsEndpoints"]
        given |= {rule["replacement"] for rule in endpoint["relabelings"] if rule.get("targetLabel") == "job"}
    groups = named("observability", "PrometheusRule", "mineru-batch")["spec"]["groups"]
    expressions = " ".join(rule["expr"] for group in groups for rule in group["rules"])
    asked = {name for names in re.findall(r'job=~?"([^"]+)"', expressions) for name in names.split("|")}
    assert asked == given == {"mineru-batch", "vllm"}


def test_a_run_on_ray_serves_the_backlog_that_scales_the_servers():
    spec = named("ray", "RayJob", "convert")["spec"]
    assert "--metrics-port=9464" in spec["entrypoint"]
    (head,) = spec["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["containers"]
    assert {"name": "metrics", "containerPort": 9464} in head["ports"]


def test_rules_and_dashboards_are_those_of_deploy():
    subprocess.run([sys.executable, KUBERNETES / "generate.py", "--check"], check=True)
    dashboards = named("observability", "ConfigMap", "mineru-batch-dashboards")["data"]
    assert set(dashboards) == {path.name for path in (ROOT / "deploy/grafana/dashboards").glob("*.json")}


def test_the_overlay_that_the_docs_show_can_be_built(tmp_path: Path):
    (shown,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/kubernetes.md").read_text(), re.DOTALL)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    (tmp_path / "my-overlay").mkdir()
    (tmp_path / "my-overlay/kustomization.yaml").write_text(shown)
    command = [KUBECTL, "kustomize", tmp_path / "my-overlay"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    images = set(re.findall(r"image: (\S+)", text))
    assert images == {"registry.example/mineru-worker:0.1.0", "registry.example/vllm-mineru:v0.28.0"}
