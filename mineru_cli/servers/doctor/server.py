"""Servers that a run would use: the given ones, our own container, or the embedded engine."""

from __future__ import annotations

from mineru_cli.domain.extras import EMBEDDED_HINT
from mineru_cli.servers.doctor.facts import Finding, MachineFacts, ServerAnswer, ok, problem, skipped

LEAST_LENGTH = 8_192
"""Context in tokens that a dense page with its image needs."""


def servers(facts: MachineFacts) -> Finding:
    """Every given server answers, and all serve the same model."""
    if not facts.answers:
        return skipped("server", "none given (--server-url or MINERU_BATCH_SERVER_URL)")
    for answer in facts.answers:
        if answer.error is not None:
            return problem("server", answer.error.message, answer.error.hint or "is the address right?")
    models = {answer.card.model for answer in facts.answers if answer.card}
    if len(models) > 1:
        text = ", ".join(f"{one.url} serves {one.card.model}" for one in facts.answers if one.card)
        return problem(
            "server", text, "the servers of one run must serve the same model: leave out the odd one"
        )
    return ok("server", ", ".join(_answer_text(answer) for answer in facts.answers))


def model(facts: MachineFacts) -> Finding:
    """The context of the served model is long enough for a page."""
    cards = [answer.card for answer in facts.answers if answer.card]
    if not cards:
        return skipped("model", "no server answered")
    short = [card for card in cards if card.max_model_len is not None and card.max_model_len < LEAST_LENGTH]
    if short:
        return problem(
            "model",
            f"{short[0].model} is served with max_model_len {short[0].max_model_len}",
            f"start vLLM with --max-model-len {LEAST_LENGTH} or more: a dense page does not fit",
        )
    length = f", max_model_len {cards[0].max_model_len}" if cards[0].max_model_len else ""
    return ok("model", f"{cards[0].model}{length}")


def container(facts: MachineFacts) -> Finding:
    """The container that `server up` started."""
    ours = facts.container
    if ours is None:
        return skipped("container", "no server was started with `mineru-batch server up`")
    text = (
        f"{ours.name} is {ours.state}{f' ({ours.health})' if ours.health else ''}, model {ours.model or '?'}"
    )
    if ours.state == "restarting" or ours.health == "unhealthy":
        return problem("container", text, "see `mineru-batch server logs`, then `mineru-batch server up`")
    return ok("container", text) if ours.running else skipped("container", text)


def embedded(facts: MachineFacts) -> Finding:
    """The embedded CPU engine, used where there is no other server."""
    if facts.embedded_missing is None:
        return skipped("embedded engine", "not checked")
    if not facts.embedded_missing:
        return ok("embedded engine", "installed")
    text = f"not installed (missing: {', '.join(facts.embedded_missing)})"
    if any(answer.card for answer in facts.answers) or facts.serving:
        return skipped("embedded engine", f"{text}; a server answers, so it is not needed")
    return problem("embedded engine", text, f"{EMBEDDED_HINT}, or give --server-url")


def _answer_text(answer: ServerAnswer) -> str:
    card = answer.card
    version = f" (vLLM {card.version})" if card and card.is_vllm and card.version else ""
    return f"{answer.url} answers{version}"
