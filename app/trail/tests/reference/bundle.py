"""Verifies a bundle as docs/trail-format.md says: bundle.py FILE LOG-KEY WITNESS-KEY.

Prints "sound EVENTS HOLES", or the first line that is damaged. Ends with 77 where the package
aics-tlog, which judges notes and proofs here, is missing. It keeps all hashes: it is written to be
read, not to be fast.
"""

import base64
import hashlib
import json
import re
import sys

try:
    from aics_tlog import (
        parse_note,
        parse_vkey,
        verify_checkpoint,
        verify_consistency,
        verify_leaf_inclusion,
    )
except ImportError:
    sys.exit(77)

EVENT = re.compile(
    rb'\{"e":(\d+),"leaf":"([^"]{120})","salt":"([^"]{24})","bytes":(\d+),"public":'
)


class Damage(Exception):
    pass


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def check(holds, what):
    if not holds:
        raise Damage(what)


def unbase64(text):
    return base64.b64decode(text, validate=True)


def fields_of(rest):
    """The elements of the list, each value taken by its length."""
    fields = []
    while not rest.startswith(b"]"):
        rest = rest.removeprefix(b",")
        match = re.match(rb'\[("(?:[^"\\]|\\.)*"),"([A-Za-z0-9+/=]+)"(?:,(\d+),)?', rest)
        check(match, "field")
        path, given, length = match.groups()
        rest = rest[match.end() :]
        value = None
        if length is not None:
            value, rest = rest[: int(length)], rest[int(length) :]
        check(rest.startswith(b"]"), "field")
        fields.append((path, unbase64(given), value))
        rest = rest[1:]
    return fields, rest[1:]


def event(line):
    """Position, leaf, public text and disclosed fields; and what follows in the line."""
    match = EVENT.match(line)
    check(match, "form")
    position, leaf, salt, length = match.groups()
    leaf = unbase64(leaf)
    end = match.end() + int(length)
    public = line[match.end() : end]
    check(sha(b"\x10", unbase64(salt), public) == leaf[26:58], "public text")
    check(line[end:].startswith(b',"fields":['), "form")
    fields, rest = fields_of(line[end + 11 :])
    listed = json.loads(public)["$fields"]
    check([json.loads(path) for path, _, _ in fields] == listed, "list of fields")
    commitments, disclosed = [], {}
    for path, given, value in fields:
        name = json.loads(path).encode()
        if value is None:
            check(len(given) == 32, "field")
            commitments.append(given)
            continue
        check(len(given) == 21, "field")
        commitment = sha(b"\x11", given[:16], len(name).to_bytes(2), name, value)
        check(commitment[:5] == given[16:], "field " + name.decode())
        commitments.append(commitment)
        disclosed[name.decode()] = json.loads(value)
    check(sha(b"\x12", len(fields).to_bytes(2), *commitments) == leaf[58:], "fields")
    return int(position), leaf, json.loads(public), disclosed, rest


def root(nodes):
    """Over adjacent nodes (level, hash), each as large as its place allows."""
    stack = []
    for level, digest in nodes:
        while stack and stack[-1][0] == level:
            level, digest = level + 1, sha(b"\x01", stack.pop()[1], digest)
        stack.append((level, digest))
    digest = stack.pop()[1] if stack else sha()
    while stack:
        digest = sha(b"\x01", stack.pop()[1], digest)
    return digest


class Bundle:
    def __init__(self, log_key, witness_key):
        self.keys = parse_vkey(log_key), parse_vkey(witness_key)
        self.digest = hashlib.sha256()
        self.counts = dict.fromkeys(["events", "holes", "subtrees", "tiles", "proofs"], 0)
        self.next = 0
        self.nodes = []
        self.block = []
        self.head = None

    def place(self, position, level, digest):
        check(position == self.next, "position")
        if position % 256 == 0:
            self.block = []
        self.nodes.append((level, digest))
        self.block.append((level, digest))
        self.next += 1 << level

    def line(self, line):
        if line.startswith(b'{"end":'):
            return self.end(line)
        self.digest.update(line + b"\n")
        if line.startswith(b'{"e":'):
            position, leaf, _, _, rest = event(line)
            check(rest == b"}", "form")
            self.place(position, 0, sha(b"\x00", leaf))
            self.counts["events"] += 1
        else:
            self.other(json.loads(line))
        return None

    def other(self, line):
        if "head" in line:
            self.head = line
        elif "h" in line:
            self.place(line["h"], 0, sha(b"\x00", unbase64(line["leaf"])))
            self.counts["holes"] += 1
        elif "s" in line:
            level, index = line["s"]
            self.place(index << level, level, unbase64(line["hash"]))
            self.counts["subtrees"] += 1
        elif "t" in line:
            check(root(self.block) == unbase64(line["hash"]), "tile")
            self.block = []
            self.counts["tiles"] += 1
        elif "m" in line:
            self.counts["proofs"] += 1

    def end(self, line):
        end = json.loads(line)
        before = line[: line.rindex(b',"sum":')]
        check(hashlib.sha256(before).hexdigest() == end["sum"], "sum")
        check(end["end"] == self.counts, "counts")
        check(end["sha256"] == self.digest.hexdigest(), "digest")
        note, (log, witness) = parse_note(end["checkpoint"]), self.keys
        judged = verify_checkpoint(note, log, [witness], 1, expected_origin=self.head["origin"])
        check(judged.ok if hasattr(judged, "ok") else judged, "signatures")
        _, size, top = note.text.splitlines()
        proof = [unbase64(digest) for digest in end["consistency"]]
        check(self.next == self.head["size"], "size")
        mine, theirs = root(self.nodes), unbase64(top)
        check(verify_consistency(self.next, int(size), mine, theirs, proof), "root")
        start = line.index(b'"receipt":{"event":') + len(b'"receipt":{"event":')
        position, leaf, public, disclosed, _ = event(line[start:])
        head, rest = end["receipt"]["proof"].split("\n\n", 1)
        check(rest == end["checkpoint"], "receipt")
        form, index, *path = head.split("\n")
        check((form, index) == ("c2sp.org/tlog-proof@v1", f"index {position}"), "receipt")
        path = [unbase64(digest) for digest in path]
        check(verify_leaf_inclusion(leaf, position, int(size), path, theirs), "receipt")
        stated = {k: self.head[k] for k in ("origin", "query", "size")} | {"sha256": end["sha256"]}
        check(public["action"] == "export.created", "record")
        check(disclosed["/details"]["bundle"] == stated, "record")
        return f"sound {self.counts['events']} {self.counts['holes']}"


def main(path, log_key, witness_key):
    bundle = Bundle(log_key, witness_key)
    with open(path, "rb") as file:
        for number, line in enumerate(file.read().removesuffix(b"\n").split(b"\n"), 1):
            try:
                verdict = bundle.line(line)
            except Damage as damage:
                return f"line {number}: {damage}"
            if verdict:
                return verdict
    return "end"


print(main(*sys.argv[1:]))
