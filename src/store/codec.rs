//! Bytes of statements, index entries and blocks. `tables.rs` says what they mean.

use super::error::StoreError;
use crate::model::{
    DeliveryId, FindBy, Marking, MarkingId, NodeId, PropertyClass, PropertyId, Statement, Validity,
    Value,
};

/// The fixed beginning of a stored statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub label: u8,
    pub marking: u16,
    pub from: i32,
    pub to: i32,
    pub delivery: u32,
    pub file: u16,
    pub line: u32,
    /// Whether it does not stand any more.
    pub fallen: bool,
}

pub const HEAD_BYTES: usize = 23;
pub const ENDS_BYTES: usize = 16;

impl Head {
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.label);
        out.extend_from_slice(&self.marking.to_le_bytes());
        out.extend_from_slice(&self.from.to_le_bytes());
        out.extend_from_slice(&self.to.to_le_bytes());
        out.extend_from_slice(&self.delivery.to_le_bytes());
        out.extend_from_slice(&self.file.to_le_bytes());
        out.extend_from_slice(&self.line.to_le_bytes());
        out.extend_from_slice(&[u8::from(self.fallen), 0]);
    }

    /// Reads a head and returns what follows it.
    pub fn read(bytes: &[u8]) -> Result<(Self, &[u8]), StoreError> {
        let (head, rest) = bytes
            .split_first_chunk::<HEAD_BYTES>()
            .ok_or_else(|| damaged("a statement is too short"))?;
        let &[
            label,
            m0,
            m1,
            f0,
            f1,
            f2,
            f3,
            t0,
            t1,
            t2,
            t3,
            d0,
            d1,
            d2,
            d3,
            p0,
            p1,
            l0,
            l1,
            l2,
            l3,
            fallen,
            _,
        ] = head;
        let read = Self {
            label,
            marking: u16::from_le_bytes([m0, m1]),
            from: i32::from_le_bytes([f0, f1, f2, f3]),
            to: i32::from_le_bytes([t0, t1, t2, t3]),
            delivery: u32::from_le_bytes([d0, d1, d2, d3]),
            file: u16::from_le_bytes([p0, p1]),
            line: u32::from_le_bytes([l0, l1, l2, l3]),
            fallen: fallen != 0,
        };
        Ok((read, rest))
    }
}

/// Reads the two ends that follow the head of an edge statement.
pub fn read_ends(bytes: &[u8]) -> Result<((u64, u64), &[u8]), StoreError> {
    let (ends, rest) = bytes
        .split_first_chunk::<ENDS_BYTES>()
        .ok_or_else(|| damaged("an edge statement is too short"))?;
    let (from, to) = ends.split_at(8);
    Ok(((read_u64(from)?, read_u64(to)?), rest))
}

pub fn read_u64(bytes: &[u8]) -> Result<u64, StoreError> {
    let bytes: [u8; 8] = bytes
        .try_into()
        .map_err(|_| damaged("a number has another length than 8 bytes"))?;
    Ok(u64::from_le_bytes(bytes))
}

pub fn write_properties(
    properties: &[(PropertyId, Value)],
    out: &mut Vec<u8>,
) -> Result<(), StoreError> {
    let bytes = postcard::to_allocvec(properties).map_err(|error| damaged(&error.to_string()))?;
    out.extend_from_slice(&bytes);
    Ok(())
}

/// Makes a statement of a head and the bytes of its properties.
pub fn read_statement(head: Head, properties: &[u8]) -> Result<Statement, StoreError> {
    Ok(Statement {
        properties: postcard::from_bytes(properties)
            .map_err(|_| damaged("the properties of a statement cannot be read"))?,
        validity: Validity::unpack(head.from, head.to),
        marking: MarkingId(head.marking),
        delivery: DeliveryId(head.delivery),
        file: head.file,
        line: head.line,
    })
}

/// The words of a marking, as they stand in the digest of its statements.
pub fn marking_words(marking: &Marking) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(marking).map_err(|error| damaged(&error.to_string()))
}

/// Identifier of a stored statement: what was said, by whom and for whom, not where. So positions 11 to 20 of the head
/// and the marking's number are left out, and the marking's own words are in.
pub fn statement_id(marking_words: &[u8], bytes: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(marking_words.len() as u64).to_le_bytes());
    hasher.update(marking_words);
    for part in [0..1, 3..11, HEAD_BYTES..bytes.len()] {
        hasher.update(bytes.get(part).unwrap_or(&[]));
    }
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    u64::from_le_bytes(first)
}

fn kind_byte(kind: FindBy) -> u8 {
    match kind {
        FindBy::Name => b'n',
        FindBy::Number => b'#',
        FindBy::Address => b'a',
        FindBy::Place => b'p',
    }
}

fn class_byte(class: PropertyClass) -> u8 {
    match class {
        PropertyClass::Ordinary => b'o',
        PropertyClass::Identifying => b'i',
        PropertyClass::NationalNumber => b'#',
        PropertyClass::Financial => b'f',
        PropertyClass::Criminal => b'c',
        PropertyClass::FreeText => b't',
        PropertyClass::Protected => b'p',
    }
}

/// Whose entries of the index lie together: those that the same callers may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub kind: FindBy,
    pub marking: MarkingId,
    pub class: PropertyClass,
}

impl Scope {
    /// The beginning of all its entries.
    pub fn bytes(self) -> [u8; 4] {
        let [high, low] = self.marking.0.to_be_bytes();
        [kind_byte(self.kind), high, low, class_byte(self.class)]
    }
}

/// What an index entry says, behind its scope: in order of token and node.
pub fn find_entry(token: &str, node: NodeId) -> Vec<u8> {
    let mut entry = token.as_bytes().to_vec();
    entry.push(0);
    entry.extend_from_slice(&node.bits().to_be_bytes());
    entry
}

/// An index entry.
pub fn find_key(scope: Scope, token: &str, node: NodeId) -> Vec<u8> {
    let mut key = scope.bytes().to_vec();
    key.extend_from_slice(&find_entry(token, node));
    key
}

/// Token and node of an index entry, its scope left off.
pub fn read_find_entry(entry: &[u8]) -> Result<(&str, NodeId), StoreError> {
    let wrong = || damaged("an entry of the index of names cannot be read");
    let (rest, node) = entry.split_last_chunk::<8>().ok_or_else(wrong)?;
    let (_, token) = rest.split_last().ok_or_else(wrong)?;
    let token = std::str::from_utf8(token).map_err(|_| wrong())?;
    Ok((token, NodeId::from_bits(u64::from_be_bytes(*node))))
}

pub fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_as_written() {
        let head = Head {
            label: 7,
            marking: 300,
            from: -5,
            to: i32::MAX,
            delivery: 9,
            file: 2,
            line: 70_000,
            fallen: true,
        };
        let mut bytes = Vec::new();
        head.write(&mut bytes);
        bytes.push(42);
        assert_eq!(bytes.len(), HEAD_BYTES + 1);
        let (read, rest) = Head::read(&bytes).unwrap();
        assert_eq!((read, rest), (head, &[42][..]));
        assert!(Head::read(&[1, 2, 3]).is_err());
    }

    #[test]
    fn index_entries_of_a_token_lie_together() {
        let node = NodeId::from_bits(5);
        let scope = Scope {
            kind: FindBy::Name,
            marking: MarkingId(300),
            class: PropertyClass::Identifying,
        };
        let key = find_key(scope, "jansen", node);
        let entry = key.strip_prefix(&scope.bytes()).unwrap();
        assert!(entry.starts_with(b"jan"));
        assert_eq!(read_find_entry(entry).unwrap(), ("jansen", node));
    }
}
