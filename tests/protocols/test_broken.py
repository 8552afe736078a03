"""Broken protocols: what is wrong, where, and what was probably meant."""

from collections.abc import Callable
from typing import Any

import pytest
from protocols.bench_cell import CELL

from ionostat.errors import InputError, ProtocolError
from ionostat.protocols import Protocol
from ionostat.protocols.changes import Scale, Set
from ionostat.protocols.quantities import Quantity
from ionostat.protocols.steps import Apply, At, Rest

BROKEN = [  # text with the offending word in «», what the message says, what the hint says
    ("«oubain» 1 mM for 2 h", "unknown step or intervention 'oubain'", "did you mean 'ouabain'?"),
    ("rest 1 s; «wsh» 1 h", "unknown step or intervention 'wsh'", "did you mean 'wash'?"),
    ("«qqqqqqqqq» 1 h", "unknown step or intervention", "a step is a verb"),
    ("bath.K = 8 mM, «bumetanid» 1 uM for 1 h", "unknown intervention 'bumetanid'", "did you mean 'bumetanide'?"),
    ("bath.K = «8 mV» for 1 h", "bath.K is a concentration (mM); '8 mV' is a voltage", "did you mean '8 mM'?"),
    ("bath.K = «8» for 1 h", "bath.K is a concentration; '8' has no unit", "write '8 mM'"),
    ("bath.K = «8 mMM» for 1 h", "unknown unit 'mMM'", "did you mean 'mM'?"),
    ("«bat.K» = 8 mM for 1 h", "unknown parameter 'bat.K'", "did you mean 'bath.K'?"),
    (
        "rest 1 s\nbath.K = 5 mM for 1 s\n«plasma.nak.scale» x 0.5; rest 1 s",
        "'plasma.nak.scale'",
        "'plasma.nka.scale'?",
    ),
    ("«plasma.*.scale» = 0 for 1 h", "'plasma.*.scale' is not a parameter path", "paths look like"),
    ("«x» = 3 mM for 1 h", "expected a parameter or an intervention; got 'x'", ""),
    ("add «for» 5 mM; rest 1 s", "'for' is not a parameter path", ""),
    ("rest 1 s; wash for« »", "expected a duration; got the end", "e.g. '10 min'"),
    ("bath.K «8» mM for 1 h", "expected '=', '->' or 'x' after bath.K; got '8'", "bath.K = ..."),
    ("bath.K = «for» 1 h", "expected a value; got 'for'", "'8 mM'"),
    ("plasma.nka.scale x «0.5 mM» for 1 h", "is a pure number", "did you mean '0.5'?"),
    ("rest «10»", "a duration is a time; '10' has no unit", "write '10 min', '10 s' or '10 ms'"),
    ("rest «-10 min»", "a duration cannot be negative; got '-10 min'", ""),
    ("rest «0 s»", "a duration must be longer than 0", ""),
    ("rest «5 mV»", "a duration is a time (ms); '5 mV' is a voltage", ""),
    ("rest «ten» min", "expected a duration; got 'ten'", "e.g. '10 min'"),
    ("rest «1 mn»", "unknown unit 'mn'", "did you mean 'min'?"),
    ("rest «1e999 s»", "must be a finite number", ""),
    ("bath.K = 8 mM for« »", "expected a duration; got the end", "e.g. '10 min'"),
    ("bath.K = 8 mM for«;» rest 1 s", "expected a duration; got the end of the step", ""),
    ("bath.K = 8 mM «fo» 30 min", "expected ';' or the end; got 'fo'", "did you mean 'for'?"),
    ("bath.K = 8 mM «until» 2 h", "got 'until'", "'until' is a step of its own"),
    ("bath.K = 8 mM «over» 2 h", "got 'over'", "a gradual change is written 'bath.K -> 8 mM over ...'"),
    ("bath.K -> 8 mM «for» 2 h", "expected 'over' and a duration", "a ramp is written 'bath.K -> 8 mM over 10 min'"),
    ("bath.K -> 8 mM over 2 h «for» 1 h", "expected ';' or the end", "hold it with"),
    ("ramp «bath.K» = 8 mM", "is not a ramp", "'ramp bath.K from 3 mM to 8 mM over 10 min'"),
    ("bath.K -> 5 mM, «ouabain» 1 mM over 1 h", "they cannot share a step", "write 'ouabain 1 mM; bath.K -> 5 mM"),
    ("ramp bath.K from 3 mM «over» 1 h", "expected 'to' and a value", "a ramp is written"),
    ("rest 10 min «wash» 1 h", "expected ';' or the end; got 'wash'", "steps are separated by ';'"),
    ("rest 10 min «&» wash 1 h", "cannot read '&' here", "steps look like"),
    ("«10» min rest", "expected a step; got '10'", "a step starts with a verb"),
    ("rest 1 s; «=» 3 mM", "expected a step; got '='", ""),
    ("bath.K = 8 mM, «for» 1 h", "expected a parameter or an intervention; got 'for'", ""),
    ("rest 3 h; «until 2 h»; wash 1 h", "has already reached 3 h", "'until' counts from the start"),
    ("«ouabain» for 2 h", "ouabain needs a dose", "write 'ouabain 1 mM'"),
    ("ouabain «1 mV» for 1 h", "the dose of ouabain is a concentration (mM); '1 mV' is a voltage", ""),
    ("ouabain «-1 mM» for 1 h", "cannot be negative", ""),
    ("«ouabain» = 1 mM for 1 h", "ouabain is an intervention, not a parameter", "write 'ouabain 1 mM'"),
    ("pump_stop «1 mM» for 1 h", "pump_stop takes no dose", "write 'pump_stop'"),
    ("«TEA» 1 mM for 1 h", "TEA acts on *.kv*.scale; this cell has no such parameter", "plasma.nka.scale"),
    ("«high_potassium» 1 mM for 1 h", "must be above the start value 3", "bath.K"),
    ("«hypoosmotic» 120 % for 1 h", "diluted by less than 100 %", ""),
    ("«pulse bath.K = 8 mM for 10 ms every 5 ms, 3 times»", "a pulse cannot be longer than its period", ""),
    ("pulse bath.K = 8 mM for 1 ms every 5 ms, «2.5» times", "expected a whole number of pulses", "20 times"),
    ("pulse bath.K = 8 mM for 1 ms every 5 ms« »", "expected the number of pulses; got the end", "20 times"),
    ("pulse bath.K = 8 mM for 1 ms every 5 ms, 3« »", "expected 'times'; got the end", "write '3 times'"),
    ("«pulse bath.K = 8 mM for 1 ms every 5 ms, 0 times»", "a pulse train has 1 to 1,000,000 pulses; got 0", ""),
    ("pulse bath.K = 8 mM« »", "expected 'for' and the width of the pulse", "e.g. 'pulse"),
    ("add «bath.K» 5 mM; rest 1 s", "bath.K is a parameter", "write 'bath.K = ...'"),
    ("«cytosol.Na» = 5 mM for 1 s", "cytosol.Na is a state of the cell", "write 'add cytosol.Na 5 mM'"),
    ("add «cytosol.Nq» 5 mM; rest 1 s", "unknown amount 'cytosol.Nq'", "did you mean 'cytosol.Na'?"),
    ("add cytosol.Na «5 mV»; rest 1 s", "a concentration (mM) or an amount (fmol); '5 mV' is a voltage", ""),
    ("add cytosol.Na 5 mM, add «cytosol.Na» 2 fmol; rest 1 s", "added to twice", "use one unit for both"),
    ("add «cytosol.Na» 5 mM for 1 s", "what is added stays added", "write 'add cytosol.Na 5 mM; rest 10 min'"),
    ("add 5 mM« »", "expected what to add, and to which compartment", "add cytosol.Na 5 mM"),
    ("add cytosol.Na« »", "expected an amount", ""),
    ("at 5 min «bath.K» = 3 mM", "expected ':'", "at 5 min:"),
    ("at 5 min: «rest» 3 min", "expected a change after 'at'", ""),
    ("at «-5 min»: pump_stop for 3 min", "cannot be negative", ""),
    ("rest 1 h; «bath.K» = 9 mM", "nothing runs after 'bath.K = 9 mM'", "rest 10 min"),
    ("rest 1 h; at 2 h: «bath.K» = 9 mM", "nothing runs after", "rest 10 min"),
    ("rest 2 h; «bath.K» = 3 mM for 1e-12 ms; rest 1 s", "too short to be told from nothing at 2 h", ""),
]


@pytest.mark.parametrize(("marked", "message", "hint"), BROKEN, ids=[text for text, _, _ in BROKEN])
def test_a_broken_protocol_says_what_and_where(marked: str, message: str, hint: str) -> None:
    text = marked.replace("« »", "").replace("«", "").replace("»", "")
    line = next(line for line in marked.split("\n") if "«" in line)
    start, width = line.index("«"), line.index("»") - line.index("«") - 1
    with pytest.raises(ProtocolError) as caught:
        Protocol.parse(text).compile(CELL)
    first, shown, carets = caught.value.message.split("\n")
    assert message in first
    assert hint in caught.value.hint
    assert shown == "  " + line.replace("« »", "").replace("«", "").replace("»", "")
    assert carets == " " * (2 + start) + "^" * width


@pytest.mark.parametrize("text", ["", "  ", ";;", "# only a comment"])
def test_an_empty_protocol(text: str) -> None:
    with pytest.raises(ProtocolError, match="the protocol is empty"):
        Protocol.parse(text)


@pytest.mark.parametrize("text", ["bath.K = 8 mM", "wash", "add cytosol.Na 5 mM"])
def test_a_protocol_without_duration(text: str) -> None:
    with pytest.raises(ProtocolError, match=r"no duration\n  hint: say how long: 'bath.K = 8 mM for 30 min'"):
        Protocol.parse(text).compile(CELL)


BUILT: list[tuple[Callable[[], Any], str]] = [
    (lambda: Protocol().rest(10), "'10' has no unit"),
    (lambda: Protocol().rest("-10 min"), "cannot be negative"),
    (lambda: Protocol().rest("soon"), "cannot read 'soon'"),
    (lambda: Protocol().apply("oubain", "1 mM"), "did you mean 'ouabain'"),
    (lambda: Protocol().apply("ouabain"), "needs a dose"),
    (lambda: Protocol().set("bath.K", True), "cannot read True"),
    (lambda: Protocol().set("bath K", "8 mM"), "'bath K' is not a parameter path"),
    (lambda: Protocol().set("bath.K", float("nan")), "cannot read nan"),
    (lambda: Protocol().scale("bath.K", float("inf")), "cannot read inf"),
    (lambda: Protocol((Apply((Scale("bath.K", float("inf")),)),)), "finite number"),
    (lambda: Protocol().rest("3 h").until("2 h"), "already reached 3 h"),
    (lambda: Protocol().pulse("bath.K", "8 mM", "1 ms", "10 ms", 2.5), "got 2.5"),  # type: ignore[arg-type]
    (lambda: Protocol().change("rest 5 min"), "is not a list of changes"),
    (lambda: Protocol().change("bath.K = 8 mM for 5 min"), "give the duration as for_="),
    (lambda: Protocol().change("pump_stop; pump_stop"), "expected one step"),
    (lambda: Protocol().at("5 min", "rest 5 min"), "'at' takes a change"),
    (lambda: Protocol((At(-1.0, Apply((Set("bath.K", Quantity(8.0, "mM")),), 1.0)),)), "cannot be negative"),
    (lambda: Protocol((Apply((), 1.0),)), "at least one change"),
    (lambda: Protocol((Rest(float("nan")),)), "longer than 0"),
    (lambda: Protocol().set("bath.K", "8 mV", "1 s").compile(CELL), "  bath.K = 8 mV for 1 s\n           \\^\\^\\^\\^"),
    (lambda: Protocol().compile(CELL), "no duration"),
]


@pytest.mark.parametrize(("build", "message"), BUILT, ids=[message for _, message in BUILT])
def test_a_broken_call(build: Callable[[], Any], message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        build()


RECORDS: list[tuple[Any, str]] = [
    ({}, "not a protocol of the form ionostat/protocol@1; got None"),
    ({"schema": "ionostat/protocol@9"}, "not a protocol of the form"),
    ([{"do": "rst", "for": "1 s"}], "did you mean 'rest'"),
    ([{"do": "rest"}], r"steps\[0\] has no 'for'"),
    ([{"do": "rest", "for": "1 s"}, {"do": "rest", "for": "1 mV"}], r"steps\[1\]: a duration is a time"),
    ([{"do": "apply", "changes": [{"move": "bath.K"}]}], "one of: set, multiply"),
    ([{"do": "apply", "changes": "bath.K"}], "no known change in 'b'"),
    ([{"do": "apply", "changes": 7}], r"steps\[0\] cannot be read"),
    ([3], r"steps\[0\] cannot be read"),
    ([{"do": "at", "time": "1 s", "step": {"do": "rest", "for": "1 s"}}], "'at' takes a change"),
]


@pytest.mark.parametrize(("record", "message"), RECORDS, ids=[message for _, message in RECORDS])
def test_a_broken_record(record: Any, message: str) -> None:
    given = {"schema": "ionostat/protocol@1", "steps": record} if isinstance(record, list) else record
    with pytest.raises(ProtocolError, match=message):
        Protocol.from_json(given)


def test_every_complaint_is_an_input_error() -> None:
    assert issubclass(ProtocolError, InputError)
