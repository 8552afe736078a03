"""The grammar of protocols as text.

    protocol = step { ";" step }                       a new line separates too; "#" starts a comment
    step     = ("rest" | "hold" | "run" | "wait") time
             | "until" time                            run on to a time counted from the start
             | "wash" [time]                           undo every change still in force, then run on
             | change { "," change } [ "for" time [ "every" time "," number "times" ] ]
             | toward { "," toward } "over" time       a ramp, which stays where it ends
             | "at" time ":" step                      beside the sequence, at a time counted from the start
    change   = path "=" quantity | path ("x" | "*") number | intervention [quantity] | "add" path quantity
    toward   = path ["from" quantity] ("->" | "to") quantity

`pulse`, `ramp`, `set` and `apply` may stand before the changes and say what the rest says anyway.
"""

from __future__ import annotations

from ionostat import interventions
from ionostat.errors import ProtocolError, closest
from ionostat.protocols.changes import KEYWORDS, Add, Change, Dose, Scale, Set, Toward
from ionostat.protocols.places import Place, refusal
from ionostat.protocols.quantities import TIMES, Quantity, duration, is_unit, moment
from ionostat.protocols.steps import Apply, At, Pulse, Ramp, Rest, Step, Until, Wash, end_of
from ionostat.protocols.tokens import Token, tokens

RESTS = ("rest", "hold", "run", "wait")
WASHES = ("wash", "washout")
PREFIXES = ("pulse", "ramp", "set", "apply")
VERBS = (*RESTS, *WASHES, *PREFIXES, "until", "at", "add")


def parse(text: str) -> tuple[Step, ...]:
    """The steps that a text describes.

    >>> parse("rest 10 min; ouabain 1 mM for 2 h")[0]
    Rest(duration=600000.0)
    """
    return _Reader(text).protocol()


def parse_step(text: str) -> Step:
    """The one step that a text describes."""
    steps = parse(text)
    if len(steps) != 1:
        raise ProtocolError(f"expected one step; '{text}' has {len(steps)}")
    return steps[0]


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0

    # What comes next

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Take the next token if it is one of these words or marks."""
        if self.peek().word not in words or self.peek().kind in ("end", "number"):
            return False
        self.at += 1
        return True

    def since(self, first: Token) -> Place:
        """From a token to the last one taken."""
        return first.place.to(self.tokens[self.at - 1].place)

    def fail(self, expected: str, hint: str = "", token: Token | None = None) -> ProtocolError:
        token = token or self.peek()
        got = {"end": "the end", ";": "the end of the step"}.get(token.kind if token.kind == "end" else token.text)
        return refusal(f"expected {expected}; got {got or repr(token.text)}", token.place, hint=hint)

    # Steps

    def protocol(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        clock = 0.0
        while self.peek().kind != "end":
            if self.accept(";"):
                continue
            steps.append(self.step())
            clock = end_of(steps[-1], clock)
            if self.peek().kind != "end" and self.peek().text != ";":
                raise self.after_step(steps[-1])
        if not steps:
            raise ProtocolError("the protocol is empty", hint="e.g. 'rest 10 min; ouabain 1 mM for 2 h; wash 1 h'")
        return tuple(steps)

    def after_step(self, step: Step) -> ProtocolError:
        """The complaint about something left over at the end of a step."""
        word = self.peek().word
        if word == "for" and isinstance(step, Ramp):
            hint = "a ramp stays where it ends; hold it with '; hold 5 min'"
        elif word == "until":
            hint = "'until' is a step of its own: 'bath.K = 8 mM; until 2 h; wash 1 h'"
        elif word == "over":
            hint = f"a gradual change is written '{str(step).replace(' = ', ' -> ')} over ...'"
        elif isinstance(step, Apply) and step.duration is None and self.peek().kind == "word":
            near = closest(word, ["for", "over", "every"])
            hint = f"did you mean '{near}'?" if near else "a change is followed by 'for 30 min', ',' or ';'"
        else:
            hint = "steps are separated by ';'"
        return self.fail("';' or the end", hint)

    def step(self) -> Step:
        first = self.peek()
        if first.kind != "word":
            hint = "a step starts with a verb (rest, wash, until ...), an intervention or a parameter"
            raise self.fail("a step", hint)
        verb = "" if self.peek(1).text in ("=", "->", "x") else first.word
        if verb in RESTS:
            self.take()
            if self.accept("until"):
                return self.until(first)
            self.accept("for")
            return Rest(self.time("a duration"), self.since(first))
        if verb == "until":
            self.take()
            return self.until(first)
        if verb in WASHES:
            self.take()
            self.accept("out")
            timed = self.accept("for") or not (self.peek().kind == "end" or self.peek().text == ";")
            return Wash(self.time("a duration") if timed else None, self.since(first))
        if verb == "at":
            self.take()
            return self.at_time(first)
        return self.changing(verb)

    def until(self, first: Token) -> Until:
        return Until(self.time("a time to run to"), self.since(first))

    def at_time(self, first: Token) -> At:
        time = moment(self.quantity("a time"))
        if not self.accept(":"):
            raise self.fail("':'", "e.g. 'at 5 min: bath.K = 8 mM for 1 min'")
        start = self.peek()
        step = self.step()
        if not isinstance(step, Apply | Ramp | Pulse):
            raise self.fail("a change after 'at'", "e.g. 'at 5 min: bath.K = 8 mM for 1 min'", start)
        return At(time, step, self.since(first))

    def changing(self, verb: str) -> Apply | Ramp | Pulse:
        """A step made of changes, with its timing."""
        first = self.peek()
        if verb in PREFIXES:
            self.take()
        items = [self.item(verb)]
        while self.accept(","):
            items.append(self.item("after a comma"))
        moves = [item for item in items if isinstance(item, Toward)]
        jumps = [item for item in items if not isinstance(item, Toward)]
        if moves and jumps:
            raise refusal(
                f"'{jumps[0]}' happens at once and '{moves[0]}' takes its time: they cannot share a step",
                jumps[0].place,
                hint=f"write '{jumps[0]}; {moves[0]} over 10 min'",
            )
        if moves:
            if not self.accept("over"):
                raise self.fail("'over' and a duration", f"a ramp is written '{moves[0]} over 10 min'")
            return Ramp(tuple(moves), self.time("a duration"), self.since(first))
        if verb == "ramp":
            hint = "a ramp is written 'ramp bath.K from 3 mM to 8 mM over 10 min'"
            raise refusal(f"'{jumps[0]}' is not a ramp", jumps[0].place, hint=hint)
        return self.lasting(first, verb, tuple(jumps))

    def lasting(self, first: Token, verb: str, changes: tuple[Change, ...]) -> Apply | Pulse:
        """The `for ... every ..., n times` after changes."""
        if not self.accept("for"):
            if verb == "pulse":
                hint = "e.g. 'pulse plasma.stim.I = 20 pA for 1 ms every 10 ms, 20 times'"
                raise self.fail("'for' and the width of the pulse", hint)
            return Apply(changes, None, self.since(first))
        width = self.time("a duration")
        if self.peek().text == "," and self.peek(1).word == "every":
            self.take()
        if not self.accept("every"):
            return Apply(changes, width, self.since(first))
        period = self.time("a period")
        self.accept(",")
        count = self.take()
        if count.kind != "number":
            raise self.fail("the number of pulses", "e.g. 'every 10 ms, 20 times'", count)
        if not count.text.isdigit():
            raise self.fail("a whole number of pulses", "e.g. 'every 10 ms, 20 times'", count)
        if not self.accept("times"):
            raise self.fail("'times'", f"write '{count.text} times'")
        return Pulse(changes, width, period, int(count.text), self.since(first))

    # Changes

    def item(self, verb: str) -> Change | Toward:
        """One change or one ramp."""
        name = self.peek()
        if name.kind != "word" or name.word in KEYWORDS:
            raise self.fail("a parameter or an intervention", "e.g. 'bath.K = 8 mM' or 'ouabain 1 mM'")
        following = self.peek(1).word
        if following in ("=", "->", "x", "from", "to"):
            self.not_an_intervention(name)
        elif name.word == "add":
            return self.add()
        elif "." not in name.text:
            return self.dose(verb)
        else:
            self.take()
            raise self.fail(f"'=', '->' or 'x' after {name.text}", f"e.g. '{name.text} = ...' or '{name.text} x 0.5'")
        self.take()
        if self.accept("="):
            return Set(name.text, self.quantity("a value"), name.place)
        if self.accept("x"):
            factor = self.quantity("a factor")
            return Scale(name.text, factor.into("1", f"the factor of {name.text}"), name.place)
        start = self.quantity("a value") if self.accept("from") else None
        if not self.accept("->", "to"):
            raise self.fail("'to' and a value", f"a ramp is written '{name.text} from 3 mM to 8 mM over 10 min'")
        return Toward(name.text, self.quantity("a value"), start, name.place)

    def add(self) -> Add:
        """`add cytosol.Na 5 mM`, or `add 5 mM to cytosol.Na`."""
        self.take()
        example = "e.g. 'add cytosol.Na 5 mM'"
        amount = self.quantity("an amount") if self.peek().kind == "number" else None
        if amount is not None:
            self.accept("to")
        path = self.take()
        if path.kind != "word":
            raise self.fail("what to add, and to which compartment", example, path)
        if amount is None:
            amount = self.quantity("an amount", example)
        return Add(path.text, amount, path.place)

    def dose(self, verb: str) -> Dose:
        """An intervention with its dose."""
        name = self.take()
        if name.word not in {known.lower() for known in interventions.names()}:
            raise self.unknown(name, verb)
        amount = self.quantity("a dose") if self.peek().kind == "number" else None
        return Dose(interventions.get(name.text).name, amount, name.place)

    def unknown(self, name: Token, verb: str) -> ProtocolError:
        starts_step = verb == name.word
        valid = [*(VERBS if starts_step else ()), *interventions.names()]
        near = closest(name.text, valid)
        kind = "step or intervention" if starts_step else "intervention"
        other = (
            "a step is a verb (rest, wash, until, add, pulse, ramp), an intervention, or a change like bath.K = 8 mM"
        )
        return refusal(f"unknown {kind} '{name.text}'", name.place, hint=f"did you mean '{near}'?" if near else other)

    def not_an_intervention(self, name: Token) -> None:
        if name.word in {known.lower() for known in interventions.names()}:
            written = f"{name.text} {interventions.get(name.text).example}".strip()
            raise refusal(f"{name.text} is an intervention, not a parameter", name.place, hint=f"write '{written}'")

    # Numbers

    def time(self, what: str) -> float:
        """A duration, possibly in parts: `1 h 30 min`."""
        total = duration(self.quantity(what, "e.g. '10 min'"), what)
        while self.peek().kind == "number" and self.peek(1).text in TIMES:
            total += duration(self.quantity(what), what)
        return total

    def quantity(self, what: str, hint: str = "") -> Quantity:
        """A number and the unit behind it."""
        number = self.peek()
        if number.kind != "number":
            raise self.fail(what, hint or "a number with a unit, like '8 mM'")
        self.take()
        after = self.at
        while self.is_unit():
            self.take()
        while self.at > after + 1 and not is_unit(self.unit_since(number)):
            self.at -= 1  # '8 mM fo 30 min': the unit ends before 'fo'
        return Quantity(float(number.text), self.unit_since(number), self.since(number)).checked()

    def unit_since(self, number: Token) -> str:
        """What stands between a number and the last token taken."""
        place = self.since(number)
        return " ".join(place.text[number.place.end : place.end].split())

    def is_unit(self) -> bool:
        """Whether the next token belongs to a unit: a word that is no keyword and no path, or the 1 of `1/ms`."""
        token, after = self.peek(), self.peek(1)
        if token.kind == "number":
            return token.text == "1" and after.text.startswith("/") and after.place.start == token.place.end
        return token.kind == "word" and token.word not in KEYWORDS and "." not in token.text
