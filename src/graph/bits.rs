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
        Ones {
            words: &self.words,
            base: start,
            current: window(&self.words, start, end),
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

/// The bits `start..end`, at most 64 of them, from bit 0 on.
#[inline]
fn window(words: &[u64], start: usize, end: usize) -> u64 {
    let (word, shift) = (start / 64, (start % 64) as u32);
    let low = words.get(word).copied().unwrap_or(0) >> shift;
    // Shifted twice, since a shift by 64 is none.
    let high = words.get(word + 1).copied().unwrap_or(0) << 1 << (63 - shift);
    let unwanted = 64 - end.saturating_sub(start).min(64) as u32;
    (low | high) & u64::MAX.checked_shr(unwanted).unwrap_or(0)
}

/// Iterator over set positions of a range, see [`Bits::ones`].
///
/// It reads windows of 64 bits from the start of the range, wherever that lies in a word: the slots of most nodes are one
/// window, so the only branch that cannot be foreseen is the end of its bits.
#[derive(Debug, Clone)]
pub struct Ones<'a> {
    words: &'a [u64],
    base: usize,
    current: u64,
    end: usize,
}

impl Iterator for Ones<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.current == 0 {
            self.base = self.base.saturating_add(64);
            if self.base >= self.end {
                return None;
            }
            self.current = window(self.words, self.base, self.end);
        }
        let position = self.base + self.current.trailing_zeros() as usize;
        self.current &= self.current - 1;
        Some(position)
    }

    /// A loop over windows with a loop over their bits inside: what `for_each` and `map` come down to.
    #[inline]
    fn fold<B, F: FnMut(B, usize) -> B>(self, init: B, mut step: F) -> B {
        let Self {
            words,
            mut base,
            mut current,
            end,
        } = self;
        let mut folded = init;
        loop {
            while current != 0 {
                folded = step(folded, base + current.trailing_zeros() as usize);
                current &= current - 1;
            }
            base += 64;
            if base >= end {
                return folded;
            }
            current = window(words, base, end);
        }
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
            let mut folded = Vec::new();
            bits.ones(a, b).for_each(|position| folded.push(position));
            prop_assert_eq!(&folded, &expected);
            let mut stepped = Vec::new();
            for position in bits.ones(a, b) {
                stepped.push(position);
            }
            prop_assert_eq!(stepped, expected);
            prop_assert_eq!(bits.count(), flags.iter().filter(|&&flag| flag).count());
            for (position, &flag) in flags.iter().enumerate() {
                prop_assert_eq!(bits.get(position), flag);
            }
            prop_assert!(!bits.get(flags.len()));
        }
    }
}
