//! Here are counts: what deserves a person's attention? One file for each answer.

mod compare;
mod crossed;
mod discovery;
mod emerging;
pub mod evaluation;
mod harvested;
mod known;
mod ledger;
mod problems;
mod prospects;
pub mod responses;
mod seen;
mod spikes;
mod statistics;
mod tally;
mod trends;
mod typical;

pub use compare::{Against, Part, Sides, Standpoint, against};
pub use crossed::{Column, Crossed, Languages, Number, Row, known_languages};
pub use discovery::{DiscoverAsked, discover};
pub use emerging::{EmergingAsked, emerging};
pub use known::{Likeness, like};
pub use ledger::{
    Decision, KeepAsked, Kept, MIN_POSTS, Outcome, Overlap, ReconcileAsked, Reconciled, Refused, Verdict,
    decide, discover_and_keep, fading, likeness, reconcile, reconciled, settled,
};
pub use problems::{InsightError, ProblemsAsked, problem_query, problems, without_responses};
pub use prospects::{Fit, Freshness, Prospect, Prospects, ProspectsAsked, prospects};
pub use spikes::{
    Detector, DetectorConfig, Episode, Judged, NotASeries, SpikesAsked, Steps, episodes, episodes_of, judge,
    spikes, steps,
};
pub use statistics::{at_least, corrected, same_share, wilson};
pub use tally::{
    Direction, Period, ProblemTally, SURE as SURE_CHANGE, ShareChange, Tallies, TallyAsked, ThemeTally,
    mentions, tally, tally_crossed,
};
pub use trends::{TrendAsked, series_query, trend};
