"""Addresses: IPv4 and IPv6, URIs and IRIs, mailboxes, as expressions over characters."""

from __future__ import annotations

from functools import cache

from fsmgen.automata import EMPTY, Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import Table
from fsmgen.frontends.json_schema.patterns import whole_expression as read

HEX = "[0-9A-Fa-f]"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PERCENT = f"%{HEX}{{2}}"
_UNRESERVED, _DELIMITERS = r"A-Za-z0-9\-._~", r"!$&'()*+,;="
UCS = r"\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF" + "".join(
    f"\\u{{{plane:X}{1000 if plane == 14 else 0:04}}}-\\u{{{plane:X}FFFD}}" for plane in range(1, 15)
)
PRIVATE = r"\uE000-\uF8FF\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}"


@cache
def ipv4() -> Expression:
    """Four numbers up to 255 without idle zeros (RFC 2673, section 3.2)."""
    return read(rf"(?:{_OCTET}\.){{3}}{_OCTET}")


@cache
def ipv6() -> Expression:
    """Eight groups of hexadecimal digits, the last two perhaps as IPv4; `::` stands for one or more of them (RFC 4291, section 2.2)."""
    groups = _Groups()
    groups.edge("begin", ":", "one colon")
    groups.edge("one colon", ":", "gap, room for 7")
    groups.group("begin", "group 1")
    for count in range(1, 8):
        groups.edges_after(f"group {count}", ":", f"colon {count}")
        groups.edge(f"colon {count}", ":", f"gap, room for {7 - count}")
        groups.group(f"colon {count}", f"group {count + 1}")
    for room in range(8):
        groups.end(f"gap, room for {room}")
        for source in (f"gap, room for {room}", f"colon, room for {room}"):
            if room:
                groups.group(source, f"last, room for {room - 1}")
            if room > 1:
                groups.add(source, EMPTY, "ipv4")
        groups.edges_after(f"last, room for {room}", ":", f"colon, room for {room}")
        groups.ends_after(f"last, room for {room}")
    groups.ends_after("group 8")
    groups.add("colon 6", EMPTY, "ipv4")
    groups.add("ipv4", ipv4(), "end")
    return Table(len(groups.numbers), tuple(groups.edges))


class _Groups:
    """A table whose states have names; a group of digits has one state for each digit."""

    def __init__(self) -> None:
        self.numbers = {"begin": 0, "end": 1}
        self.edges: list[tuple[int, Expression, int]] = []
        self._digit = read(HEX)

    def add(self, source: str, part: Expression, target: str) -> None:
        first, last = (self.numbers.setdefault(name, len(self.numbers)) for name in (source, target))
        self.edges.append((first, part, last))

    def edge(self, source: str, read: str, target: str) -> None:
        self.add(source, text(read), target)

    def group(self, source: str, name: str) -> None:
        """One to four digits."""
        for digit in range(4):
            self.add(f"{name}, digit {digit}" if digit else source, self._digit, f"{name}, digit {digit + 1}")

    def edges_after(self, name: str, read: str, target: str) -> None:
        for digit in range(1, 5):
            self.edge(f"{name}, digit {digit}", read, target)

    def end(self, source: str) -> None:
        self.add(source, EMPTY, "end")

    def ends_after(self, name: str) -> None:
        for digit in range(1, 5):
            self.end(f"{name}, digit {digit}")


def uri(*, international: bool, reference: bool) -> Expression:
    """RFC 3986, appendix A, or RFC 3987, section 2.2."""
    more, private = (UCS, PRIVATE) if international else ("", "")
    character = rf"(?:[{_UNRESERVED}{more}{_DELIMITERS}:@]|{_PERCENT})"
    no_colon = rf"(?:[{_UNRESERVED}{more}{_DELIMITERS}@]|{_PERCENT})"
    absolute = rf"/(?:{character}+(?:/{character}*)*)?"
    authority = sequence([_authority(more), read(rf"(?:/{character}*)*")])
    full = sequence(
        [read(r"[A-Za-z][A-Za-z0-9+.\-]*:"), choice([authority, read(rf"(?:{absolute}|{character}+(?:/{character}*)*)?")])]
    )
    relative = choice([authority, read(rf"(?:{absolute}|{no_colon}+(?:/{character}*)*)?")])
    rest = read(rf"(?:\?(?:[{_UNRESERVED}{more}{private}{_DELIMITERS}:@/?]|{_PERCENT})*)?(?:#(?:{character}|[/?])*)?")
    return sequence([choice([full, relative]) if reference else full, rest])


def _authority(more: str) -> Expression:
    name = rf"(?:[{_UNRESERVED}{more}{_DELIMITERS}]|{_PERCENT})*"
    user = read(rf"(?:[{_UNRESERVED}{more}{_DELIMITERS}:]|{_PERCENT})*@")
    future = read(rf"[vV]{HEX}+\.[{_UNRESERVED}{_DELIMITERS}:]+")
    literal = sequence([text("["), choice([ipv6(), future]), text("]")])
    return sequence([text("//"), repeat(user, 0, 1), choice([literal, read(name)]), read(r"(?::\d*)?")])


def mailbox(*, international: bool) -> Expression:
    """RFC 5321, section 4.1.2, or RFC 6531, section 3.3."""
    more = r"\u0080-\u{10FFFF}" if international else ""
    atom = rf"[A-Za-z0-9!#$%&'*+\-/=?^_`{{|}}~{more}]+"
    local = read(rf'(?:{atom}(?:\.{atom})*|"(?:[ !#-\[\]-~{more}]|\\[ -~])*")@')
    letter = f"[A-Za-z0-9{more}]"
    label = rf"{letter}(?:-*{letter})*"
    octet = r"(?:25[0-5]|2[0-4]\d|1\d\d|0?[1-9]\d|0?0?\d)"
    literal = choice([read(rf"{octet}(?:\.{octet}){{3}}"), sequence([text("IPv6:"), ipv6()])])
    return sequence([local, choice([read(rf"{label}(?:\.{label})*"), sequence([text("["), literal, text("]")])])])


def template() -> Expression:
    """RFC 6570, section 2, with the apostrophe of its erratum."""
    literal = rf"[!#$&'(-;=?-\[\]_a-z~{UCS}{PRIVATE}]|{_PERCENT}"
    letter = f"(?:[A-Za-z0-9_]|{_PERCENT})"
    variable = rf"{letter}(?:\.?{letter})*(?::[1-9]\d{{0,3}}|\*)?"
    return read(rf"(?:{literal}|\{{[+#./;?&=,!@|]?{variable}(?:,{variable})*\}})*")
