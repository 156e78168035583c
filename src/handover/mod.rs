//! Handing a case over to a case system, over the ZGW APIs (VNG, Zaken 1.5).
//!
//! What leaves is what the one who hands over may see under the case: a `zaak` with the level of the most confidential thing
//! in it, its addresses, buildings and parcels as `zaakobjecten`, its persons, companies and branches as `rollen`, flags by
//! their identifiers as `kenmerken`. Nobody's name stands in `omschrijving`, which case systems show widely.
//!
//! # Invariants
//! * **recorded before it leaves**: who calls [`CaseSystem::send`] has recorded what will leave.
//! * **nothing twice**: a `zaak` is looked for by its number before it is made; what was taken is not sent again.
//!
//! What this module does not do: decide who may hand over what (`engine`), or keep what came of it (`case`).

mod message;
mod send;
mod settings;

pub use message::{Message, Thing};
pub use send::{CaseSystem, CaseSystemError, Sent};
pub use settings::{HandoverSettings, ZaakSettings};
