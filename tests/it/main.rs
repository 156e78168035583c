//! One binary, one file per capability. A test fails if a file here is not joined.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may unwrap: a panic is how they fail"
)]

mod adr_cases;
mod adr_rules;
mod api;
mod attacks;
mod audit;
mod bad_input;
mod cases;
mod cli;
mod deconfliction;
mod deliveries;
mod durability;
mod export;
mod fixed;
mod foreign;
mod handover;
mod login;
mod officer;
mod oidc;
mod otlp;
mod purge;
mod received;
mod registers;
mod reload;
mod server;
mod surface;
mod tidy;
mod tls;
mod town;
mod twins;
