//! What does Grouse promise? One file for each promise to its users, all in one program, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]

mod airlines;
mod architecture;
mod brands;
mod common;
mod made;
mod masking;
mod paging;
mod problems;
mod search;
mod slow;
mod trends;
mod upserts;
