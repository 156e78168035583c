//! Identifiers under which masked nodes and edges leave: the same within a context, such as a case, and not to be linked
//! with those of another.
//!
//! # Design notes
//! A mask is a permutation of 64 bits, not a hash: what comes back in a request is turned back by the key alone, with no
//! table of who was told what. It is a Feistel network of four rounds with keyed BLAKE3 as its function, which nobody
//! without the key can tell from a permutation drawn at random (M. Luby and C. Rackoff, "How to construct pseudorandom
//! permutations from pseudorandom functions", 1988).

use super::{EdgeId, NodeId};

/// The key of one context.
#[derive(Clone)]
pub struct MaskKey([u8; 32]);

impl std::fmt::Debug for MaskKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MaskKey(..)")
    }
}

const ROUNDS: std::ops::Range<u8> = 0..4;

impl MaskKey {
    /// Takes 32 bytes that nobody can foresee.
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The identifier that a node leaves under.
    pub fn node(&self, node: NodeId) -> NodeId {
        NodeId::from_bits(self.hide(b'n', node.bits()))
    }

    /// The node that left under an identifier, if it is one of this context.
    pub fn node_of(&self, shown: NodeId) -> NodeId {
        NodeId::from_bits(self.reveal(b'n', shown.bits()))
    }

    /// The identifier that an edge leaves under.
    pub fn edge(&self, edge: EdgeId) -> EdgeId {
        EdgeId::from_bits(self.hide(b'e', edge.bits()))
    }

    fn hide(&self, domain: u8, bits: u64) -> u64 {
        let (mut left, mut right) = halves(bits);
        for round in ROUNDS {
            (left, right) = (right, left ^ self.round(domain, round, right));
        }
        joined(left, right)
    }

    fn reveal(&self, domain: u8, bits: u64) -> u64 {
        let (mut left, mut right) = halves(bits);
        for round in ROUNDS.rev() {
            (left, right) = (right ^ self.round(domain, round, left), left);
        }
        joined(left, right)
    }

    fn round(&self, domain: u8, round: u8, half: u32) -> u32 {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[domain, round]);
        hasher.update(&half.to_le_bytes());
        let mut first = [0_u8; 4];
        hasher.finalize_xof().fill(&mut first);
        u32::from_le_bytes(first)
    }
}

fn halves(bits: u64) -> (u32, u32) {
    ((bits >> 32) as u32, bits as u32)
}

fn joined(left: u32, right: u32) -> u64 {
    (u64::from(left) << 32) | u64::from(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IdSecret;

    #[test]
    fn a_mask_is_taken_off_by_its_own_key_alone() {
        let secret = IdSecret::new([7; 32]);
        let (one, other) = (secret.mask_key("case 1"), secret.mask_key("case 2"));
        for bits in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
            let node = NodeId::from_bits(bits);
            let shown = one.node(node);
            assert_eq!(one.node_of(shown), node);
            assert_ne!(shown, node);
            assert_ne!(other.node_of(shown), node);
            assert_ne!(one.edge(EdgeId::from_bits(bits)).bits(), shown.bits());
        }
    }
}
