//! When were there far more than usual? A detector of spikes in any counts, and what reads the counts of the index.

mod collection;
mod detector;
mod explain;
mod index;
mod series;
mod tail;

pub(super) use collection::begins;
pub use detector::{Detector, DetectorConfig, Episode, Judged, episodes, episodes_of, judge};
pub use index::{SpikesAsked, spikes};
pub use series::{NotASeries, Steps, steps};
