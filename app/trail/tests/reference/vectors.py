#!/usr/bin/env python3
"""Writes docs/trail-vectors.json to its standard output.

Values to tree of docs/trail-format.md, written a second time from that page, with nothing but
Python's standard library: plain, slow, and sharing no line with the crate whose tests read the
result. From the root of the source tree:

    python3 app/trail/tests/reference/vectors.py > docs/trail-vectors.json
"""

import hashlib
import hmac
import ipaddress
import json
import sys
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal, localcontext

CLASSES = ["activity", "data_access", "ai_decision", "remediation", "admin", "security"]
PERSONAL = {"contact", "customer", "email", "employee", "member", "patient", "person", "session",
            "subject", "user"}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
RESERVED = {"$serde_json::private::Number", "$serde_json::private::RawValue"}


class Refused(Exception):
    """A value without canonical form; its text is the kind."""


# --- canonical values ---------------------------------------------------------------------------

def number(text):
    with localcontext() as context:
        context.prec = 2000
        context.Emax, context.Emin = 10**9, -10**9
        value = Decimal(text)
        if value == 0:
            return "0"
        sign, digits, scale = value.as_tuple()
        while digits[-1] == 0:
            digits, scale = digits[:-1], scale + 1
        if scale >= 0:
            if len(digits) + scale > 38:
                raise Refused("integer_too_long")
            return "-" * sign + "".join(map(str, digits)) + "0" * scale
        nearest = float(value)
        if nearest == 0:
            raise Refused("too_small")
        if Decimal(repr(nearest)) != value:
            raise Refused("inexact")
        return ecmascript(repr(nearest))


def ecmascript(shortest):
    """Number::toString of ECMAScript for a fraction, from Python's shortest form of it."""
    sign, digits, scale = Decimal(shortest).normalize().as_tuple()
    point = len(digits) + scale  # the decimal point stands after this many digits
    digits = "".join(map(str, digits))
    sign = "-" * sign
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    rest = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1}"


def string(text):
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise Refused("lone_surrogate")
    if "\0" in text:
        raise Refused("nul")
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
    return '"' + "".join(short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text) + '"'


class Digits(str):
    """The text of a number, told from a text."""


def members(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise Refused("duplicate_key")
    if RESERVED & set(keys):
        raise Refused("reserved_key")
    return dict(pairs)


def constant(_):
    raise Refused("syntax")


def parse(text):
    try:
        return json.loads(text, parse_int=Digits, parse_float=Digits, parse_constant=constant,
                          object_pairs_hook=members)
    except json.JSONDecodeError as error:
        raise Refused("syntax") from error


def canonical(value, depth=0):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Digits):
        return number(value)
    if isinstance(value, int):
        return number(str(value))
    if isinstance(value, str):
        return string(value)
    if depth == 64:
        raise Refused("depth")
    if isinstance(value, list):
        return "[" + ",".join(canonical(element, depth + 1) for element in value) + "]"
    # UTF-16 code units in big-endian order compare as their bytes do.
    ordered = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(string(k) + ":" + canonical(v, depth + 1) for k, v in ordered) + "}"


def timestamp(micros):
    at = EPOCH + timedelta(microseconds=micros)
    return f"{at.year:04}-{at.month:02}-{at.day:02}T{at:%H:%M:%S}.{at.microsecond:06}Z"


def inet(text):
    address = ipaddress.ip_address(text)
    if address.version == 6:
        high, low = int(address) >> 32, int(address) & 0xFFFF_FFFF
        if high == 0xFFFF:
            return f"::ffff:{ipaddress.IPv4Address(low)}"
        if high == 0 and low >> 16:
            return f"::{ipaddress.IPv4Address(low)}"
    return str(address)


# --- commitments --------------------------------------------------------------------------------

def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def u16(n):
    return n.to_bytes(2, "big")


def u64(n):
    return n.to_bytes(8, "big")


def event_key(subjects, event_id):
    distinct = sorted(set(subjects))
    shared = distinct[0] if len(distinct) == 1 else H(b"\x1f", *distinct)
    return mac(shared, b"ev", event_id.bytes)


def field_salt(key, path):
    return mac(key, b"s", path.encode())[:16]


def field_key(key, path):
    return mac(key, b"k", path.encode())


def tag(subject, micros):
    at = timestamp(micros)
    return mac(subject, b"tag", (at[:4] + at[5:7]).encode())[:16]


def commit_field(salt, path, value):
    path = path.encode()
    return H(b"\x11", salt, u16(len(path)), path, value.encode())


def commit_public(salt, text):
    return H(b"\x10", salt, text.encode())


def commit_fields(commitments):
    return H(b"\x12", u16(len(commitments)), *commitments)


def split(event):
    """The public text and the canonical fields of an event."""
    event = parse(json.dumps(event))
    for key in ["id", "seq", "received_at", "category"]:
        del event[key]
    actor, resource = event["actor"], event.get("resource", {})
    if "ip" in actor:
        actor["ip"] = inet(actor["ip"])
    event["occurred_at"] = timestamp(micros_of(event["occurred_at"]))
    lifted = [(event, "", key) for key in
              ["details", "error_message", "new_state", "previous_state", "session_id"]]
    lifted += [(actor, "/actor", key) for key in ["email", "ip", "on_behalf_of", "user_agent"]]
    if actor["type"] in ("user", "anonymous"):
        lifted += [(actor, "/actor", "id"), (actor, "/actor", "name")]
    if resource.get("type", "").lower() in PERSONAL:
        lifted += [(resource, "/resource", "id"), (resource, "/resource", "name")]
    fields = {f"{place}/{key}": canonical(holder.pop(key))
              for holder, place, key in lifted if key in holder}
    paths = sorted(fields, key=str.encode)
    return canonical(event | {"$fields": paths}), [(path, fields[path]) for path in paths]


def micros_of(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(microseconds=1)


def leaf(event, public, fields):
    return (bytes([1, 1 + CLASSES.index(event["category"])]) + u64(micros_of(event["received_at"]))
            + uuid.UUID(event["id"]).bytes + public + fields)


# --- tree ---------------------------------------------------------------------------------------

def leaf_hash(entry):
    return H(b"\0", entry)


def tree(leaves):
    if not leaves:
        return H()
    if len(leaves) == 1:
        return leaves[0]
    k = cut(len(leaves))
    return H(b"\1", tree(leaves[:k]), tree(leaves[k:]))


def cut(n):
    return 1 << (n - 1).bit_length() - 1


def inclusion(m, leaves):
    if len(leaves) == 1:
        return []
    k = cut(len(leaves))
    if m < k:
        return inclusion(m, leaves[:k]) + [tree(leaves[k:])]
    return inclusion(m - k, leaves[k:]) + [tree(leaves[:k])]


def consistency(m, leaves, whole=True):
    if m == 0:
        return []
    if m == len(leaves):
        return [] if whole else [tree(leaves)]
    k = cut(len(leaves))
    if m <= k:
        return consistency(m, leaves[:k], whole) + [tree(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [tree(leaves[:k])]


def frontier(leaves):
    size, peaks, start = len(leaves), [], 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            peaks.append(tree(leaves[start:start + (1 << bit)]))
            start += 1 << bit
    return u64(size) + b"".join(peaks)


def set_root(members_):
    return tree([leaf_hash(u64(position) + leaf_) for position, leaf_ in members_])


# --- the file -----------------------------------------------------------------------------------

CANONICAL = [
    "0", "-0", "0.000", "-0e99", "1.0", "-10.00", "1e3", "1200e-2", "9007199254740992",
    "9007199254740993", "9007199254740992.0", "1e21", "1E+23", "295147905179352830000",
    "99999999999999999999999999999999999999", "-1e37", "0.10", "1e-6", "1e-7", "0.0000001",
    "1.5E-10", "5e-324", "-5e-324", "2.2250738585072014e-308", "333333333.3333333",
    "333333333.33333325", "1424953923781206.2", "249168847531198.62", "4.50", "1e-27",
    "null", " [ true , false ] ", '"\\u20ac\\u000F\\u000aA\'\\u0042\\"\\\\\\/"', '"\\u007f\\u2028"',
    '"\\ud83d\\ude00"', '{"b":1,"a":{"d":[],"c":{}}}',
    '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}',
]

REFUSED = [
    ('{"a":1,"\\u0061":2}', "duplicate_key"), ('"\\ud800"', "lone_surrogate"),
    ('"\\udc00x"', "lone_surrogate"), ('{"a":["\\u0000"]}', "nul"), ('{"\\u0000":1}', "nul"),
    ('{"$serde_json::private::Number":"1"}', "reserved_key"), ("1e38", "integer_too_long"),
    ("999999999999999999999999999999999999990", "integer_too_long"),
    ("1.7976931348623157e308", "integer_too_long"), ("0.1000000000000000055", "inexact"),
    ("9007199254740993.5", "inexact"), ("1424953923781206.3", "inexact"),
    ("249168847531198.63", "inexact"), ("1e-400", "too_small"), ("[" * 65 + "]" * 65, "depth"),
    ("01", "syntax"), ("1.", "syntax"), ("NaN", "syntax"), ('{"a":1,}', "syntax"),
    ('"a\nb"', "syntax"), ("", "syntax"), ("1 2", "syntax"),
]

# What was sent, and what Postgres prints of it as jsonb.
JSONB = [
    ("1.0", "1.0"), ("1e3", "1000"), ("1e21", "1000000000000000000000"), ("1e-7", "0.0000001"),
    ("0.10", "0.10"), ("-0", "0"), ("-0.0", "0.0"), ("9007199254740993", "9007199254740993"),
    ("5e-324", "0." + "0" * 323 + "5"), ('"\\u20ac\\u001f\\/"', '"€\\u001f/"'),
    ('{"bb":1,"a":[1.50,null],"\\u00e9":{}}', '{"a": [1.50, null], "bb": 1, "é": {}}'),
]

EVENTS = [
    {
        "id": "018f0000-0000-7000-8000-000000000001", "seq": 0,
        "occurred_at": "2026-10-01T07:08:09.000010Z", "received_at": "2026-10-01T07:08:10.500000Z",
        "actor": {"type": "user", "id": "u-ada", "name": "Ada Lovelace", "email": "ada@example.org",
                  "ip": "::ffff:192.0.2.7", "user_agent": "Browser/1", "on_behalf_of": "u-bob"},
        "action": "patient.viewed", "resource": {"type": "patient", "id": "p-7", "name": "Eve"},
        "status": "denied", "error_message": "not \"hers\"", "request_id": "r-1",
        "session_id": "s-1", "team": "ward 3", "category": "activity",
        "data_classification": "restricted", "compliance_tags": ["hipaa"], "source": "token:t-1",
        "schema_version": 1, "details": {"z": [1, 2.5, 9007199254740993], "a": "é"},
        "previous_state": {}, "new_state": {"seen": True},
    },
    {
        "id": "018f0000-0000-7000-8000-000000000002", "seq": 1,
        "occurred_at": "2026-10-01T07:08:09Z", "received_at": "2026-10-01T07:08:10.500001Z",
        "actor": {"type": "service", "id": "billing", "name": "Billing", "ip": "::192.0.2.9"},
        "action": "invoice.sent", "resource": {"type": "invoice", "id": "i-1"}, "status": "success",
        "category": "activity", "data_classification": "internal", "compliance_tags": [],
        "source": "token:t-2", "schema_version": 1,
    },
    {
        "id": "018f0000-0000-7000-8000-000000000003", "seq": 2,
        "occurred_at": "2026-10-31T23:59:59.999999Z", "received_at": "2026-11-01T00:00:00.000000Z",
        "actor": {"type": "system", "id": "auditorium"}, "action": "retention.ran",
        "status": "success", "category": "admin", "data_classification": "internal",
        "compliance_tags": ["gdpr", "sox"], "source": "auditorium", "schema_version": 1,
    },
]

SUBJECTS = [bytes([n]) * 32 for n in (0xA1, 0xB2)]


def event_vector(event, subjects):
    salt = H(event["id"].encode())[:16]
    text, fields = split(event)
    key = event_key(subjects, uuid.UUID(event["id"]))
    each = [commit_field(field_salt(key, path), path, value) for path, value in fields]
    public, together = commit_public(salt, text), commit_fields(each)
    encoded = leaf(event, public, together)
    return {
        "event": event, "public": text, "subjects": [s.hex() for s in subjects],
        "event_key": key.hex(), "public_salt": salt.hex(),
        "fields": [{"path": path, "value": value, "salt": field_salt(key, path).hex(),
                    "key": field_key(key, path).hex(), "commitment": commitment.hex()}
                   for (path, value), commitment in zip(fields, each)],
        "public_commitment": public.hex(), "fields_commitment": together.hex(),
        "tags": [tag(s, micros_of(event["received_at"])).hex() for s in subjects],
        "leaf": encoded.hex(), "leaf_hash": leaf_hash(encoded).hex(),
    }


def refusal(text):
    try:
        canonical(parse(text))
    except Refused as error:
        return str(error)
    raise SystemExit(f"{text} was not refused")


def vectors():
    for text, kind in REFUSED:
        assert refusal(text) == kind, (text, refusal(text))
    for text, stored in JSONB:
        assert canonical(parse(text)) == canonical(parse(stored)), text
    leaves = [leaf_hash(b"entry %d" % n) for n in range(24)]
    proof = lambda hashes: [h.hex() for h in hashes]
    chosen = [(position, leaves[position]) for position in (2, 3, 5, 8, 21)]
    return {
        "about": "Test vectors of docs/trail-format.md. Bytes are lower-case hexadecimal.",
        "canonical": [{"text": text, "canonical": canonical(parse(text))} for text in CANONICAL],
        "refused": [{"text": text, "reason": kind} for text, kind in REFUSED],
        "jsonb": [{"text": text, "jsonb": stored, "canonical": canonical(parse(text))}
                  for text, stored in JSONB],
        "timestamps": [{"micros": micros, "text": timestamp(micros)} for micros in
                       (0, 951_782_400_000_001, 1_790_838_489_000_010, 253_402_300_799_999_999,
                        -1, -62_135_596_800_000_000)],
        "inet": [{"address": text, "text": inet(text)} for text in
                 ("192.0.2.7", "2001:DB8:0:0:0:0:0:1", "::", "::1", "::1:0", "::c000:207",
                  "::ffff:c000:207", "1:0:0:2::", "1:0:2:3:4:5:6:7")],
        "events": [event_vector(EVENTS[0], SUBJECTS), event_vector(EVENTS[1], SUBJECTS[:1]),
                   event_vector(EVENTS[2], SUBJECTS[1:])],
        "tree": {
            "entries": "the texts “entry 0”, “entry 1”, … in UTF-8",
            "leaf_hashes": proof(leaves),
            "roots": [tree(leaves[:size]).hex() for size in range(len(leaves) + 1)],
            "inclusion": [{"index": m, "size": n, "proof": proof(inclusion(m, leaves[:n]))}
                          for n in (1, 2, 3, 7, 8, 13, 24) for m in sorted({0, n // 2, n - 1})],
            "consistency": [{"old": m, "new": n, "proof": proof(consistency(m, leaves[:n]))}
                            for n in (1, 2, 7, 8, 13, 24) for m in sorted({0, 1, n // 2, n - 1, n})],
            "frontiers": [frontier(leaves[:size]).hex() for size in (0, 1, 2, 7, 8, 21)],
            "set": {"positions": [position for position, _ in chosen],
                    "root": set_root(chosen).hex()},
        },
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, ensure_ascii=False, indent=1)
    print()
