//! Here is a query: which posts match, how many each day, which stems do they have?
//!
//! The only module that knows the engine. A [`Writer`] puts posts in; a [`Store`] hands out [`Snapshot`]s, each one
//! state of the index that does not change under a question; list, count and export of a question come from the same
//! compiled query, so that every count is the length of its list.

mod assigned;
mod cases;
mod compile;
mod counts;
mod dated;
mod error;
mod excluded;
mod folder;
mod judged;
mod marks;
pub(crate) mod membership;
mod met;
mod moments;
mod page;
mod parts;
mod predicate;
mod rebuild;
mod record;
mod records;
mod snapshot;
mod terms;
mod threads;
mod tokenizer;
mod wiping;
mod writer;

pub use assigned::Assigned;
pub use counts::{Buckets, Counts};
pub use error::StoreError;
pub use folder::{FORMAT, Holder, Market, MarketBrand, has_index, holder, verify};
pub use marks::Mark;
pub use membership::Membership;
pub use moments::Moment;
pub use page::{Cursor, Sort, UnknownSort};
pub use rebuild::Rebuild;
pub use record::{Prepared, Preparer, Record, attribute_term, pseudonym};
pub use records::Records;
pub use snapshot::{Hit, Page, Snapshot, Store};
pub use terms::{Matching, Members, Place, PostTerms, Shared, Stem, StemPair, Totals, Vocabulary};
pub use threads::{Clocked, ClockedPosts};
pub use writer::{Put, Writer, WriterConfig};
