"""A small typed builder of LLVM IR text.

A `Function` collects instructions; a `Value` is one typed operand with Python's arithmetic operators, so that
a kernel reads like its formula. Every model value is a vector with one cell per lane (a plain scalar when
there is one lane). Floating-point operations of a model carry `contract` only: fused multiply-add is welcome, but a
NaN must stay detectable. Those of the elementary functions carry nothing and say themselves where they fuse, so
that every processor rounds alike.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ionostat.engines.native.batching import batch_kernels

WIDTHS = (1, 2, 4, 8, 16)
"""Lane counts that can be compiled."""


def real_type(lanes: int) -> str:
    """LLVM type of one double per lane."""
    return "double" if lanes == 1 else f"<{lanes} x double>"


def integer_type(lanes: int) -> str:
    """LLVM type of one 64-bit integer per lane."""
    return "i64" if lanes == 1 else f"<{lanes} x i64>"


def mask_type(lanes: int) -> str:
    """LLVM type of one truth value per lane."""
    return "i1" if lanes == 1 else f"<{lanes} x i1>"


def double_text(value: float) -> str:
    """A double as exact LLVM text."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass(frozen=True)
class Value:
    """One operand: its text, its LLVM type and the function that it belongs to."""

    function: Function
    text: str
    type: str

    def _with(self, operation: str, other: Any, *, swap: bool = False) -> Value:
        right = self.function.like(self, other)
        return self.function.binary(operation, right, self) if swap else self.function.binary(operation, self, right)

    def __add__(self, other: Any) -> Value:
        return self._with("add", other)

    def __radd__(self, other: Any) -> Value:
        return self._with("add", other, swap=True)

    def __sub__(self, other: Any) -> Value:
        return self._with("sub", other)

    def __rsub__(self, other: Any) -> Value:
        return self._with("sub", other, swap=True)

    def __mul__(self, other: Any) -> Value:
        return self._with("mul", other)

    def __rmul__(self, other: Any) -> Value:
        return self._with("mul", other, swap=True)

    def __truediv__(self, other: Any) -> Value:
        return self._with("div", other)

    def __rtruediv__(self, other: Any) -> Value:
        return self._with("div", other, swap=True)

    def __and__(self, other: Any) -> Value:
        return self._with("and", other)

    def __or__(self, other: Any) -> Value:
        return self._with("or", other)

    def __xor__(self, other: Any) -> Value:
        return self._with("xor", other)

    def __lshift__(self, other: Any) -> Value:
        return self._with("shl", other)

    def __rshift__(self, other: Any) -> Value:
        """Logical shift: zeros come in from the left."""
        return self._with("lshr", other)

    def __neg__(self) -> Value:
        return self.function.emit(f"fneg{self.function.flags} {self.type} {self.text}", self.type)

    def __lt__(self, other: Any) -> Value:
        return self.function.compare("lt", self, other)

    def __le__(self, other: Any) -> Value:
        return self.function.compare("le", self, other)

    def __gt__(self, other: Any) -> Value:
        return self.function.compare("gt", self, other)

    def __ge__(self, other: Any) -> Value:
        return self.function.compare("ge", self, other)

    def equals(self, other: Any) -> Value:
        """Mask of equality (false for NaN)."""
        return self.function.compare("eq", self, other)

    def differs(self, other: Any) -> Value:
        """Mask of inequality (true for NaN)."""
        return self.function.compare("ne", self, other)

    @property
    def is_real(self) -> bool:
        """Whether the elements are doubles."""
        return "double" in self.type


class Function:
    """The body of one function while it is written, with `lanes` cells side by side.

    `contract` lets the compiler fuse a product with the sum that follows.
    """

    def __init__(
        self,
        name: str,
        parameters: Sequence[tuple[str, str]],
        lanes: int,
        returns: str = "void",
        *,
        contract: bool = True,
    ) -> None:
        self.name, self.lanes, self.returns = name, lanes, returns
        self.flags = " contract" if contract else ""
        self.parameters = tuple(parameters)
        self.real, self.integer, self.mask = real_type(lanes), integer_type(lanes), mask_type(lanes)
        self.calls: set[str] = set()
        self.wide_calls: set[str] = set()
        self.inline = False
        self.declarations: set[str] = set()
        self._lines: list[str] = ["entry:"]
        self._known: dict[str, Value] = {}
        self._count = 0
        self._block = "entry"

    # --- operands

    def argument(self, name: str) -> Value:
        """A parameter of this function."""
        return Value(self, f"%{name}", next(t for t, n in self.parameters if n == name))

    def constant(self, number: float, type_: str) -> Value:
        """A constant, the same in every lane."""
        element = type_.split("x ")[-1].rstrip(">")
        if element == "double":
            text = double_text(float(number))
        elif element == "i1":
            text = "true" if number else "false"
        else:
            text = str(int(number))
        return Value(self, f"splat ({element} {text})" if type_.startswith("<") else text, type_)

    def number(self, value: float) -> Value:
        """A double, the same in every lane."""
        return self.constant(value, self.real)

    def like(self, model: Value, other: Any) -> Value:
        """`other` as an operand of the type of `model`."""
        return other if isinstance(other, Value) else self.constant(other, model.type)

    # --- instructions

    def emit(self, text: str, type_: str, *, pure: bool = True) -> Value:
        """Append an instruction; an identical pure one of the same block is reused."""
        if pure and text in self._known:
            return self._known[text]
        value = Value(self, f"%v{self._count}", type_)
        self._count += 1
        self._lines.append(f"  {value.text} = {text}")
        if pure:
            self._known[text] = value
        return value

    def effect(self, text: str) -> None:
        """Append an instruction without a result."""
        self._lines.append(f"  {text}")

    def binary(self, operation: str, left: Value, right: Value) -> Value:
        """`add`, `sub`, `mul`, `div` of doubles or integers; `and`, `or`, `xor`, `shl`, `lshr` of integers, masks."""
        name = f"f{operation}{self.flags}" if left.is_real else operation
        return self.emit(f"{name} {left.type} {left.text}, {right.text}", left.type)

    def compare(self, relation: str, left: Value, right: Any) -> Value:
        """A mask; comparisons of doubles are false for NaN, except `ne`, which is true."""
        right = self.like(left, right)
        if left.is_real:
            kind = f"fcmp {'une' if relation == 'ne' else 'o' + relation}"
        else:
            kind = f"icmp {relation if relation in ('eq', 'ne') else 's' + relation}"
        type_ = f"<{self.lanes} x i1>" if left.type.startswith("<") else "i1"
        return self.emit(f"{kind} {left.type} {left.text}, {right.text}", type_)

    def select(self, mask: Value, then: Any, otherwise: Any) -> Value:
        """`then` in the lanes where `mask` holds, `otherwise` in the others."""
        if not isinstance(then, Value):
            then = self.like(otherwise, then) if isinstance(otherwise, Value) else self.number(then)
        otherwise = self.like(then, otherwise)
        return self.emit(
            f"select {mask.type} {mask.text}, {then.type} {then.text}, {otherwise.type} {otherwise.text}", then.type
        )

    def smaller(self, value: Value, bound: Any) -> Value:
        """min(value, bound); a NaN in `value` stays."""
        return self.select(value > bound, self.like(value, bound), value)

    def larger(self, value: Value, bound: Any) -> Value:
        """max(value, bound); a NaN in `value` stays."""
        return self.select(value < bound, self.like(value, bound), value)

    def convert(self, operation: str, value: Value, type_: str) -> Value:
        """`bitcast`, `sext`, `zext`, `sitofp` ..."""
        return self.emit(f"{operation} {value.type} {value.text} to {type_}", type_)

    def bits(self, value: Value) -> Value:
        """The bit pattern of doubles."""
        return self.convert("bitcast", value, self.integer)

    def from_bits(self, value: Value) -> Value:
        """Doubles from their bit pattern."""
        return self.convert("bitcast", value, self.real)

    def intrinsic(self, name: str, *values: Value) -> Value:
        """`sqrt`, `fabs`, `fma`: functions that every processor has as an instruction."""
        suffix = "f64" if self.lanes == 1 else f"v{self.lanes}f64"
        types = ", ".join(self.real for _ in values)
        self.declarations.add(f"declare {self.real} @llvm.{name}.{suffix}({types})")
        arguments = ", ".join(f"{self.real} {v.text}" for v in values)
        return self.emit(f"call{self.flags} {self.real} @llvm.{name}.{suffix}({arguments})", self.real)

    def fused(self, a: Value, b: Any, c: Any) -> Value:
        """A * b + c, rounded once where the processor has that instruction, twice where it has not."""
        return self.intrinsic("fmuladd", a, self.like(a, b), self.like(a, c))

    def kernel(self, name: str, *values: Value) -> Value:
        """Call one of the elementary functions of `kernels`."""
        self.calls.add(name)
        arguments = ", ".join(f"{self.real} {v.text}" for v in values)
        return self.emit(f"call {self.real} @kernel.{name}({arguments})", self.real)

    def call(self, name: str, *arguments: Value) -> None:
        """Call a function of this module that returns nothing."""
        self.effect(f"call void @{name}({', '.join(f'{a.type} {a.text}' for a in arguments)})")

    def any(self, mask: Value) -> Value:
        """Whether `mask` holds in some lane."""
        if self.lanes == 1:
            return mask
        return self.convert("bitcast", mask, f"i{self.lanes}").differs(0)

    def splat(self, scalar: Value) -> Value:
        """A scalar copied to every lane."""
        if self.lanes == 1:
            return scalar
        type_ = f"<{self.lanes} x {scalar.type}>"
        one = self.emit(f"insertelement {type_} poison, {scalar.type} {scalar.text}, i32 0", type_)
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        return self.emit(f"shufflevector {type_} {one.text}, {type_} poison, {zeros}", type_)

    # --- memory

    def offset(self, base: Value, offset: int, index: Value | None = None, stride: int = 8) -> Value:
        """The address `base + offset + index * stride`, in bytes."""
        address = base
        if index is not None:
            step = (index * stride).text
            address = self.emit(f"getelementptr i8, ptr {base.text}, i64 {step}", "ptr")
        if offset:
            address = self.emit(f"getelementptr i8, ptr {address.text}, i64 {offset}", "ptr")
        return address

    def _alignment(self, type_: str) -> int:
        return min(64, 8 * self.lanes) if type_.startswith("<") else 8

    def load(self, address: Value, type_: str, *, volatile: bool = False) -> Value:
        """Read a value of `type_`."""
        how = "load volatile" if volatile else "load"
        return self.emit(f"{how} {type_}, ptr {address.text}, align {self._alignment(type_)}", type_, pure=False)

    def store(self, value: Value, address: Value, *, volatile: bool = False) -> None:
        """Write a value."""
        how = "store volatile" if volatile else "store"
        self.effect(f"{how} {value.type} {value.text}, ptr {address.text}, align {self._alignment(value.type)}")

    def take_number(self, address: Value) -> Value:
        """The whole number there, which grows by one: every caller gets another, whatever thread it runs in."""
        return self.emit(f"atomicrmw add ptr {address.text}, i64 1 monotonic", "i64", pure=False)

    # --- control flow

    def label(self, hint: str) -> str:
        """A fresh block name."""
        self._count += 1
        return f"{hint}{self._count}"

    def begin(self, label: str) -> None:
        """Start the block `label`; what was computed before is not reused, it might not dominate."""
        self._lines.append(f"{label}:")
        self._known.clear()
        self._block = label

    def jump(self, label: str) -> None:
        """Go to a block."""
        self.effect(f"br label %{label}")

    def branch(self, condition: Value, then: str, otherwise: str) -> None:
        """Go to one of two blocks."""
        self.effect(f"br i1 {condition.text}, label %{then}, label %{otherwise}")

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Instructions that run only if the scalar `condition` holds."""
        then, after = self.label("then"), self.label("after")
        self.branch(condition, then, after)
        self.begin(then)
        yield
        self.jump(after)
        self.begin(after)

    @contextmanager
    def loop(self, count: Value | int) -> Iterator[Value]:
        """Instructions that run for an index 0, 1, ... count - 1."""
        head, body, after, index = (self.label(h) for h in ("head", "body", "after", "%i"))
        limit = count.text if isinstance(count, Value) else str(count)
        before, latch = self._block, self.label("latch")
        self.jump(head)
        self.begin(head)
        following = self.label("%n")
        self.effect(f"{index} = phi i64 [ 0, %{before} ], [ {following}, %{latch} ]")
        self.branch(self.compare("lt", Value(self, index, "i64"), Value(self, limit, "i64")), body, after)
        self.begin(body)
        yield Value(self, index, "i64")
        self.jump(latch)
        self.begin(latch)
        self.effect(f"{following} = add i64 {index}, 1")
        self.jump(head)
        self.begin(after)

    def finish(self, result: Value | None = None) -> None:
        """Return from the function."""
        self.effect("ret void" if result is None else f"ret {result.type} {result.text}")

    def gather_kernels(self) -> None:
        """With one lane, compute elementary functions of one depth side by side (the body must be one block)."""
        if self.lanes > 1:
            return
        entry, *body, last = self._lines
        body, self.wide_calls = batch_kernels(body)
        self._lines = [entry, *body, last]

    @property
    def kernel_calls(self) -> int:
        """How often an elementary function is called."""
        return sum(" @kernel." in line for line in self._lines)

    def text(self, linkage: str = "internal", attributes: str = "") -> str:
        """The function as IR; a part of others, or a call to it, as `inline` says."""
        attributes = f"{'alwaysinline' if self.inline else 'noinline'} {attributes}".strip()
        parameters = ", ".join(f"{'ptr noalias' if t == 'ptr' else t} %{n}" for t, n in self.parameters)
        head = f"define {linkage} {self.returns} @{self.name}({parameters}) {attributes} #0 {{"
        return "\n".join([head, *self._lines, "}"])
