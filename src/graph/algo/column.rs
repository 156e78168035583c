//! Reading and writing columns at positions that an invariant says exist.

/// Returns the value at a position.
///
/// The position exists by an invariant of the caller; should it not, a release build goes on with the default rather
/// than panic in the middle of a request.
#[inline]
pub(crate) fn at<T: Copy + Default>(column: &[T], position: usize) -> T {
    debug_assert!(position < column.len(), "a position outside its column");
    column.get(position).copied().unwrap_or_default()
}

/// Writes the value at a position that exists by an invariant of the caller.
#[inline]
pub(crate) fn put<T>(column: &mut [T], position: usize, value: T) {
    debug_assert!(position < column.len(), "a position outside its column");
    if let Some(place) = column.get_mut(position) {
        *place = value;
    }
}

/// Adds to the value at a position that exists by an invariant of the caller.
#[inline]
pub(crate) fn add<T: std::ops::AddAssign>(column: &mut [T], position: usize, value: T) {
    debug_assert!(position < column.len(), "a position outside its column");
    if let Some(place) = column.get_mut(position) {
        *place += value;
    }
}

/// Returns the part of `column` between two consecutive offsets: the row of a compressed sparse matrix.
#[inline]
pub(crate) fn row<'a, T>(offsets: &[u32], column: &'a [T], position: usize) -> &'a [T] {
    let range = row_range(offsets, position);
    column.get(range).unwrap_or_default()
}

/// Returns where the row at a position begins and ends.
#[inline]
pub(crate) fn row_range(offsets: &[u32], position: usize) -> std::ops::Range<usize> {
    at(offsets, position) as usize..at(offsets, position + 1) as usize
}

/// Turns counts per row, with one spare place at the end, into the offsets at which rows begin.
pub(crate) fn counts_to_offsets(counts: &mut [u32]) {
    let mut total = 0;
    for count in counts {
        let here = *count;
        *count = total;
        total += here;
    }
}
