#![doc = include_str!("../ARCHITECTURE.md")]

pub mod api;
pub mod audit;
pub mod authz;
#[cfg(feature = "bench")]
pub mod bench_support;
pub mod case;
pub mod cli;
pub mod config;
pub mod engine;
pub mod generate;
pub(crate) mod graph;
pub mod ingest;
pub mod login;
pub mod model;
pub mod query;
pub mod store;
