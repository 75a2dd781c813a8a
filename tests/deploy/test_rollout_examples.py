"""The examples for Argo Rollouts and Flagger: the shape their CRDs ask for, and commands that exist here.

The schemas hold the part of the CRDs that the examples use, written down from their documentation, and allow no other
field: a typo is found without a cluster.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mineru_cli.cli.app import COMMANDS
from mineru_cli.observe.metrics.declared import METRICS

DEPLOY = Path(__file__).parents[2] / "deploy" / "rollout"
DURATION = {"type": "string", "pattern": r"^([0-9]+(ms|s|m|h))+$"}
NAME = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


TEXT = {"type": "string", "minLength": 1}
CONTAINER = closed(
    "name image args",
    name=NAME,
    image=TEXT,
    args=many(TEXT),
    volumeMounts=many(
        closed("name mountPath", name=NAME, mountPath={"pattern": "^/"}, readOnly={"type": "boolean"})
    ),
)
VOLUME = closed(
    "name",
    name=NAME,
    persistentVolumeClaim=closed("claimName", claimName=NAME, readOnly={"type": "boolean"}),
    emptyDir={"type": "object"},
)
JOB_SPEC = closed(
    "backoffLimit template",
    backoffLimit={"type": "integer", "minimum": 0},
    activeDeadlineSeconds={"type": "integer", "minimum": 1},
    ttlSecondsAfterFinished={"type": "integer", "minimum": 0},
    template=closed(
        "spec",
        spec=closed(
            "restartPolicy containers",
            restartPolicy={"enum": ["Never", "OnFailure"]},
            initContainers=many(CONTAINER),
            containers=many(CONTAINER),
            volumes=many(VOLUME),
        ),
    ),
)
PROVIDER = {
    **closed(
        "",
        job=closed("spec", metadata=closed("", labels={"type": "object"}), spec=JOB_SPEC),
        prometheus=closed("query", address=TEXT, query=TEXT),
    ),
    "minProperties": 1,
    "maxProperties": 1,
}
ANALYSIS_TEMPLATE = closed(
    "apiVersion kind metadata spec",
    apiVersion={"const": "argoproj.io/v1alpha1"},
    kind={"const": "AnalysisTemplate"},
    metadata=closed("name", name=NAME),
    spec=closed(
        "metrics",
        args=many(closed("name", name=NAME, value=TEXT)),
        metrics=many(
            closed(
                "name provider",
                name=NAME,
                count={"type": "integer", "minimum": 1},
                interval=DURATION,
                initialDelay=DURATION,
                failureLimit={"type": "integer", "minimum": 0},
                inconclusiveLimit={"type": "integer", "minimum": 0},
                successCondition=TEXT,
                failureCondition=TEXT,
                provider=PROVIDER,
            )
        ),
    ),
)
HOOKS = [
    "confirm-rollout", "pre-rollout", "rollout", "confirm-traffic-increase", "confirm-promotion", "post-rollout",
    "rollback", "event",
]  # fmt: skip
CANARY = closed(
    "apiVersion kind metadata spec",
    apiVersion={"const": "flagger.app/v1beta1"},
    kind={"const": "Canary"},
    metadata=closed("name", name=NAME),
    spec=closed(
        "targetRef service analysis",
        targetRef=closed("apiVersion kind name", apiVersion=TEXT, kind={"const": "Deployment"}, name=NAME),
        service=closed("port", port={"type": "integer"}),
        analysis=closed(
            "interval threshold",
            interval=DURATION,
            threshold={"type": "integer", "minimum": 1},
            maxWeight={"type": "integer", "minimum": 0, "maximum": 100},
            stepWeight={"type": "integer", "minimum": 0, "maximum": 100},
            webhooks=many(
                closed(
                    "name type url",
                    name=TEXT,
                    type={"enum": HOOKS},
                    url={"type": "string", "pattern": "^https?://"},
                    timeout=DURATION,
                    metadata={"type": "object", "additionalProperties": {"type": "string"}},
                )
            ),
        ),
    ),
)


def example(name: str) -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / name).read_text("utf-8"))


@pytest.mark.spec("orchestration/gradual-rollout/examples-for-other-controllers-are-valid")
@pytest.mark.parametrize(
    ("name", "schema"),
    [("argo-analysis-template.yaml", ANALYSIS_TEMPLATE), ("flagger-canary.yaml", CANARY)],
)
def test_examples_have_the_shape_of_their_crds(name: str, schema: dict[str, Any]) -> None:
    assert [error.message for error in Draft202012Validator(schema).iter_errors(example(name))] == []


def test_a_misspelt_field_is_found() -> None:
    broken = example("argo-analysis-template.yaml")
    broken["spec"]["metrics"][0]["failureLimits"] = 0
    assert list(Draft202012Validator(ANALYSIS_TEMPLATE).iter_errors(broken))


def test_the_job_runs_compare_baseline_and_its_exit_code_is_not_hidden() -> None:
    job = example("argo-analysis-template.yaml")["spec"]["metrics"][0]["provider"]["job"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    assert container["args"][0] == "compare-baseline"
    assert job["backoffLimit"] == 0, "a failed comparison must not be repeated until it passes"


def test_all_commands_and_metrics_of_the_examples_exist() -> None:
    template, canary = example("argo-analysis-template.yaml"), example("flagger-canary.yaml")
    pod = template["spec"]["metrics"][0]["provider"]["job"]["spec"]["template"]["spec"]
    commands = [one["args"][0] for one in (*pod["initContainers"], *pod["containers"])]
    for hook in canary["spec"]["analysis"]["webhooks"]:
        words = shlex.split(hook["metadata"]["cmd"])
        assert words[0] == "mineru-batch"
        commands.append(words[1])
    assert set(commands) <= set(COMMANDS)
    query = template["spec"]["metrics"][1]["provider"]["prometheus"]["query"]
    assert any(metric.full_name in query for metric in METRICS)
