//! The Merkle tree over the records, after RFC 6962: SHA-256, `0x00` before a leaf, `0x01` before two halves.
//!
//! A leaf is the JSON text of a line of the log. With a signed root an auditor checks that one record stands in the log, or
//! that a later log holds all of an earlier one, from some hashes and without the log.

use sha2::{Digest, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// Hash of a record.
pub fn leaf(record: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(record.as_bytes());
    hasher.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The tree as far as it is needed to go on: the roots of its complete parts, the largest first.
///
/// Space O(log n). Adding a record takes O(1) hashes on average.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    parts: Vec<Hash>,
}

impl Frontier {
    /// The tree of `size` records with these complete parts; `None` if they are not as many as there must be.
    pub fn new(size: u64, parts: Vec<Hash>) -> Option<Self> {
        (parts.len() == size.count_ones() as usize).then_some(Self { size, parts })
    }

    /// Number of records.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete parts, the largest first.
    pub fn parts(&self) -> &[Hash] {
        &self.parts
    }

    /// Adds a record by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut whole = leaf;
        // Parts of the same size become one, as in counting by two.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.parts.pop() {
                whole = node(&left, &whole);
            }
        }
        self.parts.push(whole);
        self.size += 1;
    }

    /// Hash of the whole tree. Of none it is the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut parts = self.parts.iter().rev();
        let Some(last) = parts.next() else {
            return Sha256::digest([]).into();
        };
        parts.fold(*last, |right, left| node(left, &right))
    }
}

/// Size of the left half of a tree of more than one record: the largest power of two below.
fn split(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

fn root_of(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The hashes that show that a record stands in the tree over `leaves` (RFC 6962, 2.1.1). `index` counts from 0; out of
/// range gives `None`.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut part, mut index) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if index < left.len() {
            proof.push(root_of(right));
            part = left;
        } else {
            proof.push(root_of(left));
            index -= left.len();
            part = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// Whether a proof shows that a record with this hash is the one at `index` in the tree of `size` with this root.
pub fn is_included(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    // RFC 9162, 2.1.3.2.
    let (mut position, mut last, mut hash) = (index, size - 1, leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            hash = node(other, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, other);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// The hashes that show that the tree over `leaves` holds the tree over its first `old` ones (RFC 6962, 2.1.2). An `old`
/// of none or more than there are gives `None`.
pub fn consistency_proof(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    if old == 0 || old > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut part, mut old, mut is_start) = (leaves, old, true);
    while old != part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if old <= left.len() {
            proof.push(root_of(right));
            part = left;
        } else {
            proof.push(root_of(left));
            old -= left.len();
            part = right;
            is_start = false;
        }
    }
    if !is_start {
        proof.push(root_of(part));
    }
    proof.reverse();
    Some(proof)
}

/// A tree by its size and root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree {
    /// Number of records.
    pub size: u64,
    /// Hash of the whole.
    pub root: Hash,
}

/// Whether a proof shows that a tree holds all of an older one, in the same places.
pub fn is_consistent(old: Tree, new: Tree, proof: &[Hash]) -> bool {
    if old.size == 0 || old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    // RFC 9162, 2.1.4.2.
    let mut hashes = proof.iter();
    let first = match old.size.is_power_of_two() {
        true => Some(old.root),
        false => hashes.next().copied(),
    };
    let Some(first) = first else { return false };
    let (mut position, mut last) = (old.size - 1, new.size - 1);
    let shift = position.trailing_ones();
    position >>= shift;
    last >>= shift;
    let (mut of_old, mut of_new) = (first, first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            of_old = node(hash, &of_old);
            of_new = node(hash, &of_new);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node(&of_new, hash);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == old.root && of_new == new.root
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count)
            .map(|number| leaf(&format!("record {number}")))
            .collect()
    }

    /// The definition of RFC 6962, 2.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn the_tree_is_that_of_the_standard() {
        // Known values of RFC 6962's trees: of nothing, and of one empty record.
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(HEXLOWER.encode(&Frontier::default().root()), nothing);
        let empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(HEXLOWER.encode(&leaf("")), empty);
        for count in 0..70 {
            let leaves = leaves(count);
            assert_eq!(root_of(&leaves), by_definition(&leaves), "{count}");
        }
    }

    #[test]
    fn a_tree_goes_on_from_its_parts() {
        let leaves = leaves(37);
        let mut first = Frontier::default();
        leaves[..21].iter().for_each(|leaf| first.push(*leaf));
        let mut again = Frontier::new(21, first.parts().to_vec()).unwrap();
        leaves[21..].iter().for_each(|leaf| again.push(*leaf));
        assert_eq!(again.root(), by_definition(&leaves));
        assert_eq!(Frontier::new(20, first.parts().to_vec()), None);
    }

    #[test]
    fn every_record_is_shown_to_be_in_its_place_and_in_no_other() {
        for count in 1..40_usize {
            let leaves = leaves(count);
            let (size, root) = (count as u64, root_of(&leaves));
            for (index, leaf) in leaves.iter().enumerate() {
                let proof = inclusion_proof(&leaves, index).unwrap();
                let at = |index: u64, leaf: Hash, proof: &[Hash]| {
                    is_included(leaf, index, size, proof, root)
                };
                assert!(at(index as u64, *leaf, &proof), "{index} of {count}");
                for other in (0..=size).filter(|other| *other != index as u64) {
                    assert!(!at(other, *leaf, &proof), "{index} as {other} of {count}");
                }
                assert!(!at(index as u64, super::leaf("another"), &proof));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!at(index as u64, *leaf, shorter));
                }
                let longer = [&proof[..], &[root]].concat();
                assert!(!at(index as u64, *leaf, &longer));
            }
            assert_eq!(inclusion_proof(&leaves, count), None);
        }
    }

    #[test]
    fn a_later_tree_is_shown_to_hold_an_earlier_one_and_no_other() {
        let all = leaves(40);
        let tree = |count: usize| Tree {
            size: count as u64,
            root: root_of(&all[..count]),
        };
        for new in 1..40 {
            for old in 1..=new {
                let proof = consistency_proof(&all[..new], old).unwrap();
                assert!(
                    is_consistent(tree(old), tree(new), &proof),
                    "{old} of {new}"
                );
                let forged = Tree {
                    root: leaf("another"),
                    ..tree(old)
                };
                assert!(!is_consistent(forged, tree(new), &proof), "{old} of {new}");
                for other in (1..=new).filter(|other| *other != old) {
                    assert!(
                        !is_consistent(tree(other), tree(new), &proof),
                        "{old} as {other} of {new}"
                    );
                }
                if old < new {
                    assert!(!is_consistent(tree(new), tree(old), &proof));
                }
            }
        }
        assert_eq!(consistency_proof(&all, 0), None);
        assert_eq!(consistency_proof(&all, 41), None);
    }
}
