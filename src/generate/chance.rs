//! The chances of the town: a seeded stream of draws for each stage of the generator.
//!
//! The draws are written out here rather than taken from the distributions of `rand`: those may change their
//! values between releases, and a town must be the same bytes for as long as its seed is quoted somewhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The stage of the generator a stream of draws belongs to.
///
/// Each stage has a stream of its own, so that a change to one delivery leaves the others as they were.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage {
    /// Streets, buildings and addresses.
    Premises = 1,
    /// Persons and families.
    People = 2,
    /// Who lived where, and when.
    Moves = 3,
    /// The order in which numbers are handed out.
    Numbers = 4,
    /// Companies and their officers.
    Companies = 5,
    /// Who owns what.
    Ownership = 6,
    /// Permits.
    Permits = 7,
    /// Signals of all departments.
    Signals = 8,
    /// Vehicles.
    Vehicles = 9,
    /// The planted situations.
    Situations = 10,
    /// Persons of the scenes.
    SceneHomes = 11,
    /// What the scenes are besides persons.
    SceneAffairs = 12,
}

/// A seeded stream of draws.
#[derive(Debug)]
pub(crate) struct Chance {
    stream: ChaCha8Rng,
}

impl Chance {
    /// Starts the stream of one stage of one seed.
    pub(crate) fn new(seed: u64, stage: Stage) -> Self {
        let mut seed_bytes = [0_u8; 32];
        for (slot, byte) in seed_bytes.iter_mut().zip(seed.to_le_bytes()) {
            *slot = byte;
        }
        let mut stream = ChaCha8Rng::from_seed(seed_bytes);
        stream.set_stream(stage as u64);
        Self { stream }
    }

    /// Draws a number from 0 up to but not including `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        // The upper half of the product is even enough: the error is below bound / 2^32.
        let product = u64::from(self.stream.next_u32()) * u64::from(bound);
        (product >> 32) as u32
    }

    /// Draws a number from `low` to `high`, both included; `low` if they are the wrong way round.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = high.saturating_sub(low).max(0).unsigned_abs();
        low.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// Is true `percent` times in a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Is true `permille` times in a thousand.
    pub(crate) fn permille(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// Draws one of `items`, none if there are none.
    pub(crate) fn pick<'items, T>(&mut self, items: &'items [T]) -> Option<&'items T> {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items.get(self.below(count) as usize)
    }

    /// Draws one of a fixed list of words; the lists are never empty, an empty one gives an empty word.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// Draws a number below `bound`, low ones far more often than high ones (the cube of an even draw).
    pub(crate) fn skewed_below(&mut self, bound: u32) -> u32 {
        let even = u64::from(self.stream.next_u32());
        let squared = (even * even) >> 32;
        let cubed = (squared * even) >> 32;
        ((cubed * u64::from(bound)) >> 32) as u32
    }

    /// Draws a number below `bound`, each about as often as one divided by its place: the first most, but never most of all.
    pub(crate) fn harmonic_below(&mut self, bound: u32) -> u32 {
        let even = self.below(bound);
        self.below(even.saturating_add(1))
    }

    /// Draws the position of one of `weights`, as often as its weight says; 0 if all are zero.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return position;
            }
            rest -= weight;
        }
        0
    }

    /// Puts `items` in an order drawn evenly from all orders (Fisher and Yates, as Durstenfeld wrote it, 1964).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
            items.swap(last, self.below(bound) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Chance, Stage};

    #[test]
    fn the_same_seed_and_stage_draw_the_same() {
        let mut one = Chance::new(7, Stage::People);
        let mut two = Chance::new(7, Stage::People);
        let mut other = Chance::new(7, Stage::Moves);
        let first: Vec<u32> = (0..20).map(|_| one.below(1000)).collect();
        let second: Vec<u32> = (0..20).map(|_| two.below(1000)).collect();
        let third: Vec<u32> = (0..20).map(|_| other.below(1000)).collect();
        assert_eq!(first, second);
        assert_ne!(first, third);
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut chance = Chance::new(1, Stage::Premises);
        for _ in 0..2000 {
            assert!(chance.below(7) < 7);
            assert!(chance.skewed_below(7) < 7);
            assert!((-3..=4).contains(&chance.between(-3, 4)));
            assert!(chance.weighted(&[1, 0, 2]) != 1);
        }
        assert_eq!(chance.below(0), 0);
        assert_eq!(chance.between(5, 1), 5);
    }
}
