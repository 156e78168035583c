//! Fixed sets of bits, filled in parallel and walked word by word.

use rayon::prelude::*;

/// A set of positions below a fixed bound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

/// Words filled by one task: 65,536 bits, enough to pay for handing it out.
const WORDS_PER_TASK: usize = 1_024;

impl Bits {
    /// Fills `len` bits in parallel; `fill` gets the position of a word's first bit and returns the word.
    /// Bits at or past `len` are cleared.
    pub fn fill(len: usize, fill: impl Fn(usize) -> u64 + Sync) -> Self {
        let mut words = vec![0_u64; len.div_ceil(64)];
        words
            .par_chunks_mut(WORDS_PER_TASK)
            .enumerate()
            .for_each(|(task, chunk)| {
                for (place, word) in chunk.iter_mut().enumerate() {
                    *word = fill((task * WORDS_PER_TASK + place) * 64);
                }
            });
        Self::from_words(words, len)
    }

    /// Takes words as they are, clearing bits at or past `len`.
    pub fn from_words(mut words: Vec<u64>, len: usize) -> Self {
        if !len.is_multiple_of(64)
            && let Some(last) = words.last_mut()
        {
            *last &= (1 << (len % 64)) - 1;
        }
        Self { words, len }
    }

    /// Whether the bit is set; false past the end.
    #[inline]
    pub fn get(&self, position: usize) -> bool {
        self.words
            .get(position / 64)
            .is_some_and(|word| word >> (position % 64) & 1 == 1)
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// The set positions in `start..end`, ascending.
    #[inline]
    pub fn ones(&self, start: usize, end: usize) -> Ones<'_> {
        let end = end.min(self.len);
        let first = start / 64;
        let mut current = self.words.get(first).copied().unwrap_or(0) & (u64::MAX << (start % 64));
        if start >= end {
            current = 0;
        } else if end - first * 64 < 64 {
            current &= (1 << (end - first * 64)) - 1;
        }
        Ones {
            words: &self.words,
            word: first,
            current,
            end,
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    /// Bound of the positions.
    pub fn len(&self) -> usize {
        self.len
    }
}

/// Iterator over set positions of a range, see [`Bits::ones`].
#[derive(Debug, Clone)]
pub struct Ones<'a> {
    words: &'a [u64],
    word: usize,
    current: u64,
    end: usize,
}

impl Iterator for Ones<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.current == 0 {
            self.word += 1;
            let base = self.word * 64;
            if base >= self.end {
                return None;
            }
            self.current = self.words.get(self.word).copied().unwrap_or(0);
            if self.end - base < 64 {
                self.current &= (1 << (self.end - base)) - 1;
            }
        }
        let position = self.word * 64 + self.current.trailing_zeros() as usize;
        self.current &= self.current - 1;
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_walk_over_a_range_meets_the_set_bits_in_it(
            flags in proptest::collection::vec(any::<bool>(), 0..400),
            a in 0_usize..420,
            b in 0_usize..420,
        ) {
            let bits = Bits::fill(flags.len(), |base| {
                (0..64).fold(0, |word, bit| {
                    word | u64::from(flags.get(base + bit).copied().unwrap_or(true)) << bit
                })
            });
            let expected: Vec<usize> = (a..b).filter(|&i| flags.get(i) == Some(&true)).collect();
            prop_assert_eq!(bits.ones(a, b).collect::<Vec<_>>(), expected);
            prop_assert_eq!(bits.count(), flags.iter().filter(|&&flag| flag).count());
            for (position, &flag) in flags.iter().enumerate() {
                prop_assert_eq!(bits.get(position), flag);
            }
            prop_assert!(!bits.get(flags.len()));
        }
    }
}
