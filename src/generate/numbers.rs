//! The numbers of the town: made to pass the checks of the real registers, and to meet no real one where that can be had.
//!
//! * BSN: only `9999xxxxx`, the range kept for tests. Of it 9,090 or so pass the 11-test, so a larger town
//!   has persons without one.
//! * A-number: no test range exists; these begin with a 9 and pass the check.
//! * KvK number: begins with 99, beyond what the register has handed out; branch number: begins with 9901.
//! * BAG: municipality code 9901, which no municipality has.
//! * Licence plate: has a C first among its letters, which no plate of these forms was ever issued with.

/// The municipality code of the town; no municipality has it.
pub(crate) const MUNICIPALITY_CODE: &str = "9901";

/// The letters a postcode is made of: F, I, O, Q, U and Y are not used.
const POSTCODE_LETTERS: [char; 20] = [
    'A', 'B', 'C', 'D', 'E', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'T', 'V', 'W', 'X',
    'Z',
];

/// The letter pairs a postcode never has.
const POSTCODE_PAIRS_REFUSED: [&str; 3] = ["SA", "SD", "SS"];

/// The letters of a licence plate after its first: no vowels, and none that look like another.
const PLATE_LETTERS: [char; 16] = [
    'B', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'N', 'P', 'R', 'S', 'T', 'V', 'X', 'Z',
];

/// Tells whether nine digits pass the 11-test of a BSN.
///
/// The digits count 9, 8, 7, 6, 5, 4, 3, 2 and minus 1 times; the sum must divide by 11.
pub(crate) fn passes_bsn_test(number: u32) -> bool {
    let mut rest = i64::from(number);
    let mut sum = -(rest % 10);
    rest /= 10;
    for weight in 2..=9 {
        sum += weight * (rest % 10);
        rest /= 10;
    }
    rest == 0 && sum % 11 == 0
}

/// Lists every BSN of the test range, in ascending order.
pub(crate) fn test_bsns() -> Vec<u32> {
    (999_900_000..=999_999_999)
        .filter(|number| passes_bsn_test(*number))
        .collect()
}

/// Tells whether ten digits pass the check of an A-number.
///
/// The first is not 0, neighbours differ, the sum leaves 0 or 5 when divided by 11, and the sum of each digit
/// times two to the power of its place (from 0, left to right) divides by 11.
pub(crate) fn passes_a_number_test(number: u64) -> bool {
    if !(1_000_000_000..=9_999_999_999).contains(&number) {
        return false;
    }
    let mut rest = number;
    let mut digit_sum = 0;
    let mut weighted_sum = 0;
    let mut digit_after = 10;
    for place in (0..10_u32).rev() {
        let digit = rest % 10;
        if digit == digit_after {
            return false;
        }
        digit_sum += digit;
        weighted_sum += digit << place;
        digit_after = digit;
        rest /= 10;
    }
    (digit_sum % 11 == 0 || digit_sum % 11 == 5) && weighted_sum % 11 == 0
}

/// Hands out A-numbers that begin with a 9, each once.
///
/// A first part of eight digits has about one good ending in a hundred: all hundred are tried and the first
/// good one is taken, so a first part gives one number at most and none comes twice.
#[derive(Debug)]
pub(crate) struct ANumbers {
    step: u64,
}

/// How many first parts there are: 9 and seven digits more.
const A_NUMBER_PARTS: u64 = 10_000_000;

/// How far apart two first parts taken one after the other are: without a divisor in common with their count,
/// so that all come by before the first comes again.
const A_NUMBER_STRIDE: u64 = 3_778_461;

impl ANumbers {
    /// Starts at a place that the seed decides.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            step: seed % A_NUMBER_PARTS,
        }
    }

    /// Returns the next number; about one first part in four has one, far more than persons are allowed.
    pub(crate) fn next_number(&mut self) -> u64 {
        loop {
            let part = 90_000_000 + (self.step * A_NUMBER_STRIDE) % A_NUMBER_PARTS;
            self.step += 1;
            let found = (0..100)
                .map(|ending| part * 100 + ending)
                .find(|number| passes_a_number_test(*number));
            if let Some(number) = found {
                return number;
            }
        }
    }
}

/// The kind of thing a BAG number names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BagKind {
    /// An addressable object: here always a dwelling or other premises.
    Object,
    /// A building.
    Building,
    /// A number designation.
    Number,
}

/// Writes a BAG number of the town: its code, the kind and a sequence number of ten digits.
pub(crate) fn bag_number(kind: BagKind, sequence: u32) -> String {
    let kind_code = match kind {
        BagKind::Object => "01",
        BagKind::Building => "10",
        BagKind::Number => "20",
    };
    format!("{MUNICIPALITY_CODE}{kind_code}{sequence:010}")
}

/// Writes the trade register number of the company that stands at `index`.
pub(crate) fn kvk_number(index: u32) -> String {
    format!("{}", 99_000_000_u64 + u64::from(index) + 1)
}

/// Writes the number of the branch that stands at `index`.
pub(crate) fn branch_number(index: u32) -> String {
    format!("{MUNICIPALITY_CODE}{:08}", u64::from(index) + 1)
}

/// Lists the letter pairs of a postcode, AA first.
pub(crate) fn postcode_letters() -> Vec<String> {
    let mut pairs = Vec::new();
    for first in POSTCODE_LETTERS {
        for second in POSTCODE_LETTERS {
            let pair = format!("{first}{second}");
            if !POSTCODE_PAIRS_REFUSED.contains(&pair.as_str()) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// Writes the licence plate of the vehicle that stands at `index`, without dashes; each of the first 1,024,000 is unlike the others.
pub(crate) fn licence_plate(index: u32) -> String {
    // The digits follow from the place in a thousand and the pair from the thousand, shifted by that place:
    // two indexes never share both, and neighbours in the list do not look alike.
    let (form, rest) = (index % 4, index / 4);
    let (thousand, place) = (rest / 1000, rest % 1000);
    let digits = (place * 617) % 1000;
    let pair = (thousand % 256 * 77 + place * 31) % 256;
    let letter = |number: u32| {
        PLATE_LETTERS
            .get((number % 16) as usize)
            .copied()
            .unwrap_or('X')
    };
    let (second, third) = (letter(pair / 16), letter(pair));
    match form {
        0 => format!("{:02}C{second}{third}{}", digits / 10, digits % 10),
        1 => format!("{}C{second}{third}{:02}", digits / 100, digits % 100),
        2 => format!("C{second}{digits:03}{third}"),
        _ => format!("C{digits:03}{second}{third}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        ANumbers, BagKind, bag_number, licence_plate, passes_a_number_test, passes_bsn_test,
        postcode_letters, test_bsns,
    };

    #[test]
    fn the_test_range_of_the_bsn_holds_some_nine_thousand_numbers() {
        let bsns = test_bsns();
        assert!((9_000..9_200).contains(&bsns.len()), "{}", bsns.len());
        // Both stand in the official set of fictitious persons.
        assert!(passes_bsn_test(999_993_653) && passes_bsn_test(999_990_639));
        assert!(!passes_bsn_test(999_993_654));
    }

    #[test]
    fn an_a_number_is_known_by_its_check() {
        // These stand in the official set of fictitious persons.
        for number in [8_940_402_024, 8_320_968_431, 6_940_397_872, 3_093_546_905] {
            assert!(passes_a_number_test(number), "{number}");
        }
        assert!(!passes_a_number_test(8_940_402_025));
        assert!(!passes_a_number_test(94_040_202));
    }

    #[test]
    fn a_numbers_are_good_and_come_once() {
        let mut numbers = ANumbers::new(u64::MAX);
        let drawn: BTreeSet<u64> = (0..50_000).map(|_| numbers.next_number()).collect();
        assert_eq!(drawn.len(), 50_000);
        assert!(drawn.iter().all(|number| passes_a_number_test(*number)));
    }

    #[test]
    fn plates_come_once() {
        let plates: BTreeSet<String> = (0..1_024_000).map(licence_plate).collect();
        assert_eq!(plates.len(), 1_024_000);
        assert!(
            plates
                .iter()
                .all(|plate| plate.len() == 6 && plate.contains('C'))
        );
    }

    #[test]
    fn a_bag_number_has_sixteen_digits() {
        assert_eq!(bag_number(BagKind::Object, 12), "9901010000000012");
        assert_eq!(postcode_letters().len(), 397);
    }
}
