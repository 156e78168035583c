//! Node keys and the opaque identifiers made of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::MaskKey;

/// Says why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 13 characters of the alphabet, or more than 64 bits.
    #[error("not an identifier: 13 characters `0`-`9` and `a`-`z` without `i`, `l`, `o`, `u`")]
    Malformed,
}

/// The key by which sources name a node: its label and `namespace:value`.
///
/// A key may hold a national number, so it never leaves the engine; [`NodeId`] does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeKey {
    /// Label of the node, as the schema spells it.
    pub label: String,
    /// Namespace and value, `bsn:999990019`.
    pub key: String,
}

/// The secret of one store, under which keys become identifiers.
///
/// Without it a nine-digit BSN could be found by hashing all of them.
#[derive(Clone)]
pub struct IdSecret([u8; 32]);

impl fmt::Debug for IdSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IdSecret(..)")
    }
}

impl IdSecret {
    /// Takes 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to make a second store with the same secret.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the identifier of the node with this label and key. Deterministic; BLAKE3, keyed, first 64 bits.
    pub fn node(&self, label: &str, key: &str) -> NodeId {
        NodeId(self.hash(b'n', &[label.as_bytes(), key.as_bytes()]))
    }

    /// Returns the identifier of an edge between two node keys; `discriminator` tells parallel edges apart.
    pub fn edge(&self, label: &str, from: NodeId, to: NodeId, discriminator: &str) -> EdgeId {
        EdgeId(self.hash(
            b'e',
            &[
                label.as_bytes(),
                &from.0.to_be_bytes(),
                &to.0.to_be_bytes(),
                discriminator.as_bytes(),
            ],
        ))
    }

    /// Returns a short pseudonym for what a masked node is called, under a context such as the case it is seen in.
    pub fn pseudonym(&self, context: &str, node: NodeId) -> String {
        let hash = self.hash(b'p', &[context.as_bytes(), &node.0.to_be_bytes()]);
        encode(hash).chars().take(6).collect()
    }

    /// Returns the key of the identifiers under which masked nodes leave, within a context such as a case.
    pub fn mask_key(&self, context: &str) -> MaskKey {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"m");
        hasher.update(context.as_bytes());
        MaskKey::new(hasher.finalize().into())
    }

    /// Returns a name for a delivery that was given none, from a digest of its files. Keyed: the name stands on every
    /// statement, and who guesses a file could else confirm the guess.
    pub fn delivery(&self, digest: &str) -> String {
        encode(self.hash(b'd', &[digest.as_bytes()]))
    }

    /// Returns what tells a record of a source from its others. Keyed: an identity is often a number of a person.
    pub fn record(&self, source: &str, identity: &str) -> u64 {
        self.hash(b'r', &[source.as_bytes(), identity.as_bytes()])
    }

    /// Returns a digest of what was taken out of a store, as hexadecimal digits. Keyed: who guesses what was there could else
    /// confirm the guess.
    pub fn digest(&self, bytes: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"P");
        hasher.update(bytes);
        hasher.finalize().to_hex().to_string()
    }

    /// Returns the identifier of the flag that a mandate's pattern raises about a subject. Keyed: that a flag is there may
    /// not be guessed from what it is about.
    pub fn flag(&self, mandate: &str, pattern: &str, subject: NodeId) -> String {
        let subject = subject.0.to_be_bytes();
        encode(self.hash(b'f', &[mandate.as_bytes(), pattern.as_bytes(), &subject]))
    }

    fn hash(&self, domain: u8, parts: &[&[u8]]) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[domain]);
        for part in parts {
            // Lengths are hashed too, so that ("ab", "c") and ("a", "bc") differ.
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut first = [0_u8; 8];
        hasher.finalize_xof().fill(&mut first);
        u64::from_be_bytes(first)
    }
}

macro_rules! identifier {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u64);

        impl $name {
            /// Takes the 64 bits as the store holds them.
            pub(crate) fn from_bits(bits: u64) -> Self {
                Self(bits)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                decode(text).map(Self).ok_or(IdError::Malformed)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

impl NodeId {
    /// The 64 bits as the store holds them.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }
}

impl EdgeId {
    /// The 64 bits as the store holds them.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }
}

identifier! {
    /// Opaque, stable identifier of a node: the same in every revision, telling nothing of order or content.
    NodeId
}
identifier! {
    /// Opaque, stable identifier of an edge.
    EdgeId
}
identifier! {
    /// Opaque identifier of a case: drawn at random, so that it tells of no order and no number.
    CaseId
}
identifier! {
    /// Number of a receipt that a case was given for asking whether others are busy. Drawn at random.
    ReceiptId
}

/// Crockford's base 32: no letter that reads as a digit, and no accidental `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of an identifier.
pub const ID_LENGTH: usize = 13;

fn encode(bits: u64) -> String {
    (0..ID_LENGTH)
        .rev()
        .map(|place| {
            let digit = (bits >> (place * 5)) & 31;
            ALPHABET.get(digit as usize).map_or('0', |&b| char::from(b))
        })
        .collect()
}

fn decode(text: &str) -> Option<u64> {
    if text.len() != ID_LENGTH {
        return None;
    }
    let mut bits: u64 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)? as u64;
        if bits >> 59 != 0 {
            return None;
        }
        bits = (bits << 5) | digit;
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_back_as_written() {
        for bits in [0, 1, 31, 32, u64::MAX, 0x0123_4567_89ab_cdef] {
            let id = NodeId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in [
            "",
            "0",
            "zzzzzzzzzzzzz",
            "00000000000 0",
            "000000000000i",
            "00000000000000",
        ] {
            assert_eq!(text.parse::<NodeId>(), Err(IdError::Malformed), "{text}");
        }
    }

    #[test]
    fn another_secret_or_label_gives_another_identifier() {
        let one = IdSecret::new([1; 32]);
        let two = IdSecret::new([2; 32]);
        assert_ne!(one.node("Person", "bsn:1"), two.node("Person", "bsn:1"));
        assert_ne!(one.node("Person", "x:1"), one.node("Company", "x:1"));
        assert_ne!(one.node("ab", "c"), one.node("a", "bc"));
    }
}
