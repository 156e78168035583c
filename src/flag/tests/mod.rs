//! Flags: what each pattern of the library finds in a tiny world, and who sees it; and what becomes of flags over runs.

mod again;
pub(crate) mod cases;
mod life;
mod portable;
mod town;
pub(crate) mod world;
