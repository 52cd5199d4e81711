"""Messages that no page sends: forged widgets, huge values, commands, garbage."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from explorer.bench.wire.client import Client

HUGE = 1_000_000  # letters of a huge text
NUMBERS = (0.0, -1.0, 1e308, -1e308, float("inf"), float("nan"), 1e-320, 2.5, 1e15)
COMMANDS = ("clear_cache", "set_run_on_save", "load_git_info", "stop_script", "app_heartbeat")
DEBUGGING = ("debug_disconnect_websocket", "debug_shutdown_runtime")


@dataclass(frozen=True)
class Attack:
    """A message.

    Attributes:
        kind: what it tries.
        data: what is sent; a text goes as a text frame.
        run: the message, if it asks for a run of the script, which must then end.
    """

    kind: str
    data: bytes | str
    run: BackMsg | None = None


def attack(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """A message made at random, to be sent by this client."""
    return chance.choice(_MAKERS)(client, chance, texts)


def _run(kind: str, message: BackMsg) -> Attack:
    return Attack(kind, message.SerializeToString(), message)


def _value(state: WidgetState, chance: random.Random, texts: Sequence[str]) -> WidgetState:
    """Give a widget any value of any type."""
    text, number = chance.choice((*texts, "x" * HUGE)), chance.choice(NUMBERS)
    match chance.randrange(11):
        case 0:
            state.trigger_value = True
        case 1:
            state.bool_value = True
        case 2:
            state.double_value = number
        case 3:
            state.int_value = chance.choice((0, -1, 2**62, -(2**62)))
        case 4:
            state.string_value = text
        case 5:
            state.double_array_value.data[:] = [number] * chance.choice((0, 1, 2, 3, 10**5))
        case 6:
            state.int_array_value.data[:] = [chance.choice((0, -1, 2**62))] * chance.choice((0, 3))
        case 7:
            state.string_array_value.data[:] = [text[:1000]] * chance.choice((0, 1, 2, 1000))
        case 8:
            state.json_value = chance.choice(
                (text, "[" * 10**5, '{"value": null}', "{}", "[]", "1", '{"pins": [[1]]}')
            )
        case 9:
            state.bytes_value = chance.randbytes(100)
        case 10:
            state.json_trigger_value = chance.choice((text, "[]", '[{"event": 1}]', "{}"))
    return state


def _own_widgets(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """Widgets of the page with values that they cannot have."""
    message = client.asked(client.page.script)
    ids = [one.id for one in client.page.widgets.values()]
    for id_ in chance.sample(ids, min(len(ids), chance.choice((1, 1, 3)))):
        state = _value(WidgetState(id=id_), chance, texts)
        message.rerun_script.widget_states.widgets.append(state)
    return _run("values that a widget cannot have", message)


def _possible(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """Widgets of the page with values of the right type, out of all bounds."""
    message = client.asked(client.page.script)
    for widget in client.page.widgets.values():
        state, text = WidgetState(id=widget.id), chance.choice((*texts, "x" * HUGE))
        match widget.kind:
            case "slider" if not widget.options:
                state.double_array_value.data[:] = [chance.choice(NUMBERS)]
            case "number_input":
                state.double_value = chance.choice(NUMBERS)
            case "selectbox" | "tabs" | "text_input":
                state.string_value = text
            case "button_group":
                state.string_array_value.data[:] = [text]
            case _:
                continue
        if chance.random() < 0.5:
            message.rerun_script.widget_states.widgets.append(state)
    return _run("values out of bounds", message)


def _forged_widgets(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """Widgets that are on no page."""
    message = client.asked(client.page.script)
    ids = ("$$ID-0-None", "$$ID-abc-operator token", "$$WIDGET_ID", "", *texts[:4], "x" * 10_000)
    for _ in range(chance.choice((1, 10, 1000))):
        state = WidgetState(id=chance.choice(ids) + str(chance.randrange(1000)), bool_value=True)
        message.rerun_script.widget_states.widgets.append(state)
    message.rerun_script.widget_states.widgets.append(
        _value(WidgetState(id=chance.choice(ids)), chance, texts)
    )
    return _run("widgets that are on no page", message)


def _forged_page(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """Pages that do not exist, and queries of any length."""
    message = client.asked(chance.choice((client.page.script, "0" * 32, chance.choice(texts))))
    run = message.rerun_script
    run.page_name = chance.choice(("", "train", *texts[:8]))
    run.query_string = chance.choice(("", "a=b&" * 50_000, "model=" + "x" * HUGE, *texts))
    run.cached_message_hashes.extend(str(number) for number in range(chance.choice((0, 50_000))))
    run.context_info.timezone = chance.choice(texts)
    run.context_info.timezone_offset = chance.choice((0, 2**31 - 1, -(2**31)))
    run.context_info.locale = run.context_info.url = chance.choice(texts)
    return _run("pages that do not exist", message)


def _fragments(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """A fragment of nobody, or one of this page with forged values."""
    known = [*client.page.due]
    message = client.asked(client.page.script, fragment=chance.choice((*known, *texts, "0" * 32)))
    ids = [one.id for one in client.page.widgets.values()] or ["x"]
    state = _value(WidgetState(id=chance.choice(ids)), chance, texts)
    message.rerun_script.widget_states.widgets.append(state)
    return Attack("fragments", message.SerializeToString())


def _command(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """What only a developer asks of a server, or an operator."""
    message = BackMsg()
    kind = chance.choice((*COMMANDS, "clear_cache", *DEBUGGING))
    setattr(message, kind, True)
    return Attack(kind, message.SerializeToString())


def _requests(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """Addresses for thousands of uploads, operations of other sessions."""
    message = BackMsg()
    if chance.random() < 0.5:
        message.file_urls_request.request_id = chance.choice(texts)
        message.file_urls_request.file_names.extend([chance.choice(texts)] * 5000)
        message.file_urls_request.session_id = chance.choice(texts)
    else:
        message.backend_operation_request.request_id = chance.choice(texts)
        message.backend_operation_request.session_id = chance.choice(texts)
    return Attack("requests", message.SerializeToString())


def _garbage(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """What is no message at all, or a damaged one."""
    whole = client.asked(client.page.script).SerializeToString()
    cut = whole[: chance.randrange(len(whole) + 1)]
    random_ = chance.randbytes(chance.choice((1, 10, 1000)))
    data = chance.choice((random_, cut + random_, b"", b"\xff" * 100, chance.choice(texts)))
    return Attack("garbage", data)


def _oversized(client: Client, chance: random.Random, texts: Sequence[str]) -> Attack:
    """A message of many megabytes."""
    message = client.asked(client.page.script)
    message.rerun_script.query_string = "x" * (chance.choice((3, 30)) * HUGE)
    return Attack("oversized", message.SerializeToString())


_MAKERS: tuple[Callable[[Client, random.Random, Sequence[str]], Attack], ...] = (
    _own_widgets,
    _own_widgets,
    _possible,
    _possible,
    _forged_widgets,
    _forged_page,
    _fragments,
    _command,
    _requests,
    _garbage,
    _oversized,
)
