//! Stripping: the answer over a view equals the answer over the world from which hidden parts were deleted.

use proptest::prelude::*;

use super::check_same;
use super::random::{rights, span, world};
use super::read::{open_source, read};
use super::strip::strip;
use super::world::MARKINGS;
use crate::authz::{Clearance, Grant};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_view_answers_as_the_world_without_what_it_hides(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        let full = read(&world, &rights, span);
        let stripped = read(&strip(&world, &rights), &rights, span);
        check_same(&stripped, &full)?;
    }

    #[test]
    fn who_may_see_nothing_reads_an_empty_world(world in world(), span in span()) {
        let mut empty = world.clone();
        empty.sayings.clear();
        // A marking that the table does not know is hidden as one that it refuses.
        let refused = Clearance::new(vec![Grant::default(); MARKINGS]);
        let expected = open_source(empty.load(), refused.clone(), span).transcript();
        for clearance in [refused, Clearance::default()] {
            check_same(&expected, &open_source(world.load(), clearance, span).transcript())?;
        }
    }
}
