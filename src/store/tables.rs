//! Tables of the store, byte by byte.
//!
//! The file is a redb 4 database. All numbers in values are little-endian; keys are redb's own orders.
//! `FORMAT` is in the table `meta`. A program refuses a store of a newer format and tells so.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | text: `format`, `secret`, `schema`, `shown`, `revision`, `waiting`, `alias_markings` | `format`, `revision`, `waiting` (edge statements of which an end is not known): u64; `secret`: 32 bytes; `schema`: JSON of the schema in force, in order of arrival; `shown`: the same, in the order in which readers meet it; `alias_markings`: u16 each, the markings of aliases, ascending |
//! | `markings` | u16, in order of arrival | JSON of the marking |
//! | `deliveries` | u32, in order of arrival | JSON of the delivery; `outcome` is missing in those of before it was kept |
//! | `node_keys` | u64 node id | u8 label, then the key `namespace:value` as UTF-8: proves that no two keys share an id |
//! | `node_statements` | (u64 node id, u64 statement id) | statement head, then properties |
//! | `edge_statements` | (u64 edge id, u64 statement id) | statement head, u64 start, u64 end (node ids of the keys named), then properties |
//! | `aliases` | (u64 node id, u64 node id it leads to) | statement heads, for each marking that says so one of each delivery that moved its begin |
//! | `said` | (u8 `n` or `e`, u64 node or edge id, u64 statement id, u64 record; 0: no record) | pairs of u32: from which delivery until which it was said, without one between that left it out. No row: by the delivery in its head alone |
//! | `record_statements` | (u64 record, u8, u64, u64 as in `said`) | nothing: what a record ever said |
//! | `record_deliveries` | (u64 record, u32 delivery) | nothing: deltas and corrections that a record came with |
//! | `find` | bytes: u8 kind, u16 marking big-endian, u8 property class, token as UTF-8, a zero byte, u64 node id big-endian | nothing |
//! | `records` | (kind, key) | JSON of a document that the program itself keeps: a case, a flag; made when the first is kept |
//! | `snapshot` | (array name, u32 block) | zstd of at most [`BLOCK_BYTES`] bytes of the array |
//!
//! *Statement head*, 23 bytes: u8 label, u16 marking, i32 begin, i32 end, u32 delivery, u16 file, u32 line, u8 1 if it does not stand any more (else 0), u8 spare (0).
//! Begin and end are days since 1970-01-01 times 4 plus the precision (0 day, 1 month, 2 year, 3 unknown); `i32::MIN` is open
//! at the beginning, `i32::MAX` at the end.
//!
//! *Properties*: postcard of a list of (u8 property, value), property by its position within the label.
//!
//! *Statement id*: first 64 bits of BLAKE3 over what was said, by whom and for whom (marking, validity, properties), not where:
//! the same words in a later delivery are the same statement, and loading twice changes nothing.
//!
//! Labels and properties in statements are places in `schema`; in the arrays of the snapshot they are places in `shown`.
//!
//! The index `find` has the marking and the class before the token, so that a search reads the entries that its caller may
//! read and no others.
//!
//! *Snapshot blocks*: the arrays of `graph::SnapshotArrays` by their field names, elements in order.
//!
//! *Record*: first 64 bits of BLAKE3, keyed, over source and identity of the record.
//!
//! Format 3 (from 2): `said`, `record_statements`, `record_deliveries`, the flag in heads. A store of format 2 becomes one of
//! format 3 when it is opened for writing: its heads have the flag unset, and the tables are empty.
//!
//! Format 2 (from 1): `shown`, `alias_markings`, more than one head per alias, marking and class in `find`.

use redb::TableDefinition;

/// The format this program writes, and the newest it reads.
pub const FORMAT: u64 = 3;

/// The oldest format that becomes [`FORMAT`] when it is opened for writing.
pub const FORMAT_UPGRADED: u64 = 2;

/// Most bytes of an array in one block: just under a power of two once compressed, since redb gives a large value the
/// next power of two.
pub const BLOCK_BYTES: usize = 240 * 1024;

pub const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
pub const MARKINGS: TableDefinition<u16, &[u8]> = TableDefinition::new("markings");
pub const DELIVERIES: TableDefinition<u32, &[u8]> = TableDefinition::new("deliveries");
pub const NODE_KEYS: TableDefinition<u64, &[u8]> = TableDefinition::new("node_keys");
pub const NODE_STATEMENTS: TableDefinition<(u64, u64), &[u8]> =
    TableDefinition::new("node_statements");
pub const EDGE_STATEMENTS: TableDefinition<(u64, u64), &[u8]> =
    TableDefinition::new("edge_statements");
pub const ALIASES: TableDefinition<(u64, u64), &[u8]> = TableDefinition::new("aliases");
pub const SAID: TableDefinition<(u8, u64, u64, u64), &[u8]> = TableDefinition::new("said");
pub const RECORD_STATEMENTS: TableDefinition<(u64, u8, u64, u64), ()> =
    TableDefinition::new("record_statements");
pub const RECORD_DELIVERIES: TableDefinition<(u64, u32), ()> =
    TableDefinition::new("record_deliveries");
pub const FIND: TableDefinition<&[u8], ()> = TableDefinition::new("find");
pub const SNAPSHOT: TableDefinition<(&str, u32), &[u8]> = TableDefinition::new("snapshot");
pub const RECORDS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("records");
