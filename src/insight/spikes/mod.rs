//! When were there far more than usual? A detector of spikes in any counts.

mod detector;
mod series;
mod tail;

pub use detector::{Detector, DetectorConfig, Episode, Judged, episodes};
pub use series::{NotASeries, Steps, steps};
