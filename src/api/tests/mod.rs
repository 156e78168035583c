//! Twin worlds over HTTP: two stores that agree on all that a caller may see give that caller the same status, headers and
//! body bytes on every route.
//!
//! * `served`: a random world, loaded into a store on disk, behind the real router, asked as one caller;
//! * `requests`: what is asked of each route; a route that is not known here fails the tests;
//! * `classes`: the classes of leaks that others had, each with its case;
//! * `cases`: what is asked of cases, and worlds that differ in the cases of others;
//! * `deliveries`: what a delivery is answered tells nothing of what others delivered, and the law holds after it;
//! * `twins`: the law, for random worlds, policies, callers, purposes and days;
//! * `hostile`: settings and requests that were changed a little;
//! * `leaks`: leaks put in on purpose are found;
//! * `unrecorded`: where no record can be written, no answer leaves.
//!
//! The worlds are those of `query::law`.

mod cases;
mod classes;
mod deliveries;
mod hostile;
mod leaks;
mod requests;
mod served;
mod twins;
mod unrecorded;
