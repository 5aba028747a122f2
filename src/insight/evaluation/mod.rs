//! How well do judgements agree with what people say? Functions from labels and judgements to figures, each with an
//! interval.
//!
//! `labels` says what the spellings of a labelled file mean and which of its columns holds them, `figures` counts,
//! `noise` is about a sample of posts that a person looked through. To add a task: a variant of [`Task`], its column
//! names and its spellings in `labels`.

mod figures;
mod labels;
mod noise;

pub use figures::{Band, Bin, Calibration, ClassFigures, Evaluation, Judged, evaluate};
pub use labels::{Cells, Choice, NO_SIGNAL, Reading, SIGNALS_APART, Scale, Task, UnknownTask, choose};
pub use noise::{Answer, Noise, Rate, Sample, noise, wilson};
