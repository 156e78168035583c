//! The laws of reading: what is hidden has no influence on any answer.
//!
//! Random worlds are loaded as a store loads them (`archive`), read by every read that there is (`read`, `analyse`), and compared byte for
//! byte with the same reads on a world that differs in hidden parts only:
//!
//! * `stripping`: hidden statements deleted, unreadable properties blanked;
//! * `twins`: hidden statements added, deleted, marked anew, given other words; ids of markings and deliveries moved;
//! * `oracle`: reachability by petgraph over the whole graph, filtered;
//! * `threads`: one thread or many;
//! * `digest`: the digest of an answer moves with what its caller may see, and with that alone;
//! * `limits`: each limit is told when it is reached, and nothing hidden moves where it falls;
//! * `agreement`: what is listed is permitted when asked for singly, and counts are those of the lists;
//! * `real`: clearances out of Cedar rules, and statements out of a store on disk;
//! * `scope`: what lies outside a case's scope deleted;
//! * `planted`: leaks put in on purpose are found, so the laws can fail.

mod agreement;
mod analyse;
mod archive;
mod digest;
mod limits;
mod oracle;
mod planted;
pub(crate) mod random;
pub(crate) mod read;
pub(crate) mod real;
mod scope;
pub(crate) mod strip;
mod stripping;
mod threads;
mod twins;
pub(crate) mod world;

use proptest::test_runner::TestCaseError;

use self::read::Transcript;

/// Fails at the first read that two transcripts tell differently.
fn check_same(expected: &Transcript, found: &Transcript) -> Result<(), TestCaseError> {
    match first_difference(expected, found) {
        None => Ok(()),
        Some(told) => Err(TestCaseError::fail(told)),
    }
}

fn first_difference(expected: &Transcript, found: &Transcript) -> Option<String> {
    for (one, other) in expected.iter().zip(found) {
        if one != other {
            return Some(format!(
                "{} tells of what is hidden:\n  {}\n  {}",
                one.0, one.1, other.1
            ));
        }
    }
    (expected.len() != found.len()).then(|| {
        format!(
            "the reads differ in number: {} and {}",
            expected.len(),
            found.len()
        )
    })
}
