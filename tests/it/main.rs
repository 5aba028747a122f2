//! What does Grouse promise? One file for each promise to its users, all in one program, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "../../examples/corpora/agreement.rs"]
mod agreement;
mod airlines;
mod analyzing;
mod answers;
#[path = "../../examples/corpora/apart.rs"]
mod apart;
mod architecture;
mod brands;
mod cases;
mod command_line;
mod common;
mod compare;
mod correcting;
mod corrections;
mod counts;
mod deciding;
mod deletions;
mod demo;
mod discovery;
mod durability;
mod emerging;
mod evaluating;
mod export_round_trip;
mod hanging;
mod harvesting;
mod http;
mod importing;
mod killing;
mod ledger;
mod ledger_faces;
mod made;
mod masking;
mod masking_cases;
mod meaning;
mod page;
mod paging;
mod problems;
mod prospects;
mod recorded;
mod recordings;
mod reindexing;
mod replay;
mod responses;
mod routing;
mod same_answers;
mod search;
mod shapes;
mod slow;
mod sources;
mod spikes;
mod training;
mod trends;
mod tries;
mod upserts;
