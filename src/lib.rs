//! What does Grouse know how to do? The library behind the `grouse` program; ARCHITECTURE.md is its map.

pub mod demo;
pub mod model;
