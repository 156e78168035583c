//! One binary, one file per capability. A test fails if a file here is not joined.

mod adr_cases;
mod adr_rules;
mod api;
mod cli;
mod registers;
mod tidy;
mod town;
