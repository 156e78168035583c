//! Twin worlds: what agrees on all that a caller may see answers alike, whatever else is there.

use proptest::prelude::*;

use super::check_same;
use super::random::{change, rights, span, world};
use super::read::read;
use super::strip::{strip, twin};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn twins_answer_alike(
        world in world(),
        rights in rights(),
        change in change(),
        span in span(),
    ) {
        let twin = twin(&world, &rights, &change);
        prop_assert_eq!(strip(&world, &rights).sayings, strip(&twin, &rights).sayings);
        check_same(&read(&world, &rights, span), &read(&twin, &rights, span))?;
    }
}
