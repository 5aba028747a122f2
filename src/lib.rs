//! What does Grouse know how to do? The library behind the `grouse` program; ARCHITECTURE.md is its map.

pub mod analysis;
pub mod api;
pub mod cli;
pub mod config;
pub mod demo;
pub mod harvest;
pub mod ingest;
pub mod insight;
pub mod model;
pub mod net;
pub mod sources;
pub mod state;
pub mod store;
pub mod text;

#[cfg(test)]
#[path = "../tests/it/tries.rs"]
mod tries;
