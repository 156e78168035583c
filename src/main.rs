//! The `verband` program.
fn main() {}
