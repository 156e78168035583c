//! Readers that count: bytes for progress, lines for reports, and bytes of one record against runaway input.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::rc::Rc;

/// A count that a reader writes and others read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Count(Rc<Cell<u64>>);

impl Count {
    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }

    pub(crate) fn reset(&self) {
        self.0.set(0);
    }

    fn take_back(&self, less: u64) {
        self.0.set(self.0.get().saturating_sub(less));
    }

    fn add(&self, more: u64) {
        self.0.set(self.0.get().saturating_add(more));
    }
}

/// Counts the bytes read. What is read again from the beginning counts once: a file may be looked at before it is read.
#[derive(Debug)]
pub(crate) struct Counting<R> {
    inner: R,
    count: Count,
    /// Bytes since the beginning was last gone to.
    own: u64,
}

impl<R> Counting<R> {
    pub(crate) fn new(inner: R, count: Count) -> Self {
        Self {
            inner,
            count,
            own: 0,
        }
    }
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.add(count as u64);
        self.own += count as u64;
        Ok(count)
    }
}

impl<R: Seek> Seek for Counting<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if to == SeekFrom::Start(0) {
            self.count.take_back(std::mem::take(&mut self.own));
        }
        self.inner.seek(to)
    }
}

/// Fails when more than a limit is read before the count is reset: what one record takes is bounded, so that a quote
/// or a tag that is never closed does not draw the whole file into memory.
#[derive(Debug)]
pub(crate) struct Bounded<R> {
    inner: R,
    since_reset: Count,
    limit: ReadLimit,
}

/// A limit of a [`Bounded`] reader, and the error that it stops with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} is more than the limit of {max}")]
pub(crate) struct ReadLimit {
    /// What is limited.
    pub what: &'static str,
    /// Bytes.
    pub max: u64,
}

impl ReadLimit {
    /// The limit that stopped a reader, if it was one.
    pub(crate) fn behind(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

impl<R> Bounded<R> {
    pub(crate) fn new(inner: R, limit: ReadLimit) -> (Self, Count) {
        let since_reset = Count::default();
        let bounded = Self {
            inner,
            since_reset: since_reset.clone(),
            limit,
        };
        (bounded, since_reset)
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.since_reset.add(count as u64);
        if self.since_reset.get() > self.limit.max {
            return Err(io::Error::other(self.limit));
        }
        Ok(count)
    }
}

/// Notes where lines end, for readers that know their place in bytes and not what stands there.
#[derive(Debug)]
pub(crate) struct LineEnds<R> {
    inner: R,
    offset: u64,
    ends: Rc<RefCell<VecDeque<u64>>>,
}

/// The ends that a [`LineEnds`] reader has come by and nobody has asked beyond.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends(Rc<RefCell<VecDeque<u64>>>);

impl Ends {
    /// Whether the byte before this offset ends a line. Offsets are asked in ascending order.
    pub(crate) fn one_before(&self, offset: u64) -> bool {
        let mut ends = self.0.borrow_mut();
        while ends.front().is_some_and(|&end| end + 1 < offset) {
            ends.pop_front();
        }
        ends.front().is_some_and(|&end| end + 1 == offset)
    }
}

impl<R> LineEnds<R> {
    pub(crate) fn new(inner: R) -> (Self, Ends) {
        let ends = Ends::default();
        let reader = Self {
            inner,
            offset: 0,
            ends: Rc::clone(&ends.0),
        };
        (reader, ends)
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut ends = self.ends.borrow_mut();
        for (&byte, offset) in buffer.iter().take(count).zip(self.offset..) {
            if byte == b'\n' {
                ends.push_back(offset);
            }
        }
        self.offset += count as u64;
        Ok(count)
    }
}

/// A buffered reader that knows the line it stands on.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    inner: io::BufReader<R>,
    line: Rc<Cell<u32>>,
}

impl<R: Read> Lines<R> {
    /// Wraps a reader; the cell holds the line of the next byte, from 1.
    pub(crate) fn new(inner: R) -> (Self, Rc<Cell<u32>>) {
        let line = Rc::new(Cell::new(1));
        let lines = Self {
            inner: io::BufReader::with_capacity(BUFFER_BYTES, inner),
            line: Rc::clone(&line),
        };
        (lines, line)
    }
}

/// Size of read buffers: large enough that system calls do not count.
pub(crate) const BUFFER_BYTES: usize = 1 << 17;

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(available) {
            *to = *from;
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let consumed = self.inner.buffer().iter().take(amount);
        let breaks = consumed.filter(|&&byte| byte == b'\n').count();
        let line = self.line.get();
        self.line
            .set(line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)));
        self.inner.consume(amount);
    }
}
