//! The arrays of a snapshot as blocks of bytes.

use rayon::prelude::*;
use redb::{ReadableTable, Table};

use super::codec::damaged;
use super::error::StoreError;
use super::tables::BLOCK_BYTES;
use crate::graph::SnapshotArrays;

/// Compression of blocks: identifiers do not compress, neighbours and dates do, and level 1 is read fastest.
const ZSTD_LEVEL: i32 = 1;

/// A number that arrays hold.
trait Element: Copy + Sized + Send + Sync {
    const BYTES: usize;
    fn write(self, out: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! element {
    ($($number:ty),+) => {$(
        impl Element for $number {
            const BYTES: usize = size_of::<$number>();

            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(<$number>::from_le_bytes)
            }
        }
    )+};
}

element!(u8, u16, u32, u64, i32);

/// Calls a function on each array with its name; the one list of what is persisted.
macro_rules! for_each_array {
    ($arrays:expr, $visit:ident) => {
        $visit!(
            $arrays,
            label_starts,
            node_ids,
            node_sets,
            set_starts,
            set_markings,
            alias_ids,
            alias_nodes,
            slot_starts,
            slot_neighbours,
            slot_kinds,
            slot_edges,
            edge_ids,
            edge_markings,
            edge_froms,
            edge_tos
        )
    };
}

/// Replaces the stored arrays by these.
pub fn write(
    table: &mut Table<'_, (&'static str, u32), &'static [u8]>,
    arrays: &SnapshotArrays,
) -> Result<(), StoreError> {
    table.retain(|_, _| false)?;
    macro_rules! write_all {
        ($arrays:expr, $($field:ident),+) => {
            $(write_array(table, stringify!($field), &$arrays.$field)?;)+
        };
    }
    for_each_array!(arrays, write_all);
    Ok(())
}

/// Reads the arrays.
pub fn read(
    table: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
) -> Result<SnapshotArrays, StoreError> {
    let mut arrays = SnapshotArrays::default();
    macro_rules! read_all {
        ($arrays:expr, $($field:ident),+) => {
            $($arrays.$field = read_array(table, stringify!($field))?;)+
        };
    }
    for_each_array!(arrays, read_all);
    Ok(arrays)
}

fn write_array<T: Element>(
    table: &mut Table<'_, (&'static str, u32), &'static [u8]>,
    name: &'static str,
    values: &[T],
) -> Result<(), StoreError> {
    let blocks: Result<Vec<Vec<u8>>, std::io::Error> = values
        .par_chunks(BLOCK_BYTES / T::BYTES)
        .map(|chunk| {
            let mut bytes = Vec::with_capacity(chunk.len() * T::BYTES);
            chunk.iter().for_each(|value| value.write(&mut bytes));
            zstd::bulk::compress(&bytes, ZSTD_LEVEL)
        })
        .collect();
    let blocks = blocks.map_err(|error| damaged(&error.to_string()))?;
    for (block, position) in blocks.iter().zip(0_u32..) {
        table.insert((name, position), block.as_slice())?;
    }
    Ok(())
}

fn read_array<T: Element>(
    table: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
    name: &'static str,
) -> Result<Vec<T>, StoreError> {
    let wrong = || damaged(&format!("the array `{name}` cannot be read"));
    let mut blocks = Vec::new();
    for (entry, position) in table.range((name, 0)..=(name, u32::MAX))?.zip(0_u32..) {
        let (key, value) = entry?;
        if key.value().1 != position {
            return Err(wrong());
        }
        blocks.push(value.value().to_vec());
    }
    let parts: Option<Vec<Vec<T>>> = blocks
        .par_iter()
        .map(|block| {
            let bytes = zstd::bulk::decompress(block, BLOCK_BYTES).ok()?;
            bytes.chunks(T::BYTES).map(T::read).collect()
        })
        .collect();
    Ok(parts.ok_or_else(wrong)?.concat())
}
