//! What are the nouns? Post, Author, Finding, Judgement, Brand, Watchlist, Query, Interval, Trend, Problem, Spike, and their ids.
//!
//! Everything here is a value: no I/O, no clock, no engine. A noun is added here when two modules need to say it.

mod brand;
mod correction;
mod emerging;
mod finding;
mod hash;
mod id;
mod interval;
mod judgement;
mod language;
mod ledger;
mod nearest;
mod post;
mod problem;
mod query;
mod signature;
mod spike;
mod thread;
mod trend;
mod watchlist;

pub use brand::{Account, Brand, Role};
pub use correction::{BadCorrection, Correction};
pub use emerging::{Days, Emerging, EmergingProblem, Times};
pub use finding::{Finding, Mask, MaskKind};
pub use hash::fnv1a;
pub use id::{BrandId, InvalidId, PostId, ProblemId, SourceId, WatchlistId};
pub use interval::Interval;
pub use judgement::{
    Aspect, CaseId, Complaint, Evidence, Intent, Judgement, Severity, Signal, Switch, UnknownValue,
};
pub use language::{Language, UnknownLanguage};
pub use ledger::{
    Change, Division, Event, Findings, KnownProblem, Ledger, Meaning, Standing, UnknownMeaning,
};
pub use nearest::nearest;
pub use post::{Author, DatedPlace, Kind, Post, UnknownKind, is_web_address};
pub use problem::{Phrase, Problem, Problems};
pub use query::{Bound, Condition, Field, Flag, Query, QueryError, Range, Text, WEEKDAYS, parse_query};
pub use signature::{Discovered, Discovery, Signature, Theme};
pub use spike::{Around, Authors, Spike, SpikeState, SpikeTerm, Spikes, Step, UnknownStep, Weight};
pub use thread::{Answered, Fate, Outcome, Says, Wait};
pub use trend::{Per, Series, Split, Trend};
pub use watchlist::{Hours, Listen, Opening, PassOn, Route, STREAM, Translation, Watchlist};
