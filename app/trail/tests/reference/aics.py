"""Holds a tree and its proofs, read from standard input, against the package aics-tlog.

Ends with 77 where the package is missing, with 1 and the difference where the two disagree.
"""

import json
import sys

try:
    from aics_tlog import MerkleTree, verify_consistency, verify_inclusion
except ImportError:
    sys.exit(77)


def agree(ours, theirs, what):
    if ours != theirs:
        sys.exit(f"{what}: {ours} here, {theirs} by aics-tlog")


given = json.load(sys.stdin)
tree = MerkleTree([bytes.fromhex(entry) for entry in given["entries"]])
leaves = [bytes.fromhex(leaf) for leaf in given["leaves"]]
roots = [bytes.fromhex(root) for root in given["roots"]]
for size, root in enumerate(roots):
    agree(root.hex(), tree.root(size).hex(), f"root of {size}")
for index, size, proof in given["inclusion"]:
    what = f"inclusion of {index} in {size}"
    agree(proof, [h.hex() for h in tree.inclusion_proof(index, size)], what)
    proof = [bytes.fromhex(h) for h in proof]
    agree(True, verify_inclusion(leaves[index], index, size, proof, roots[size]), what)
for old, new, proof in given["consistency"]:
    what = f"consistency of {old} with {new}"
    agree(proof, [h.hex() for h in tree.consistency_proof(old, new)], what)
    proof = [bytes.fromhex(h) for h in proof]
    agree(True, verify_consistency(old, new, roots[old], roots[new], proof), what)
print(len(roots), len(given["inclusion"]), len(given["consistency"]))
