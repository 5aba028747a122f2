//! What does a post do in its thread: thank, move to a private channel, or come from a program?

use super::Heard;
use super::phrases::Cue;
use crate::model::{Kind, Says};

/// What it does, each once. Only a brand moves to a private channel or lets a program answer: a customer who speaks of
/// either only tells what happened.
pub(super) fn says(heard: &Heard) -> Vec<Says> {
    let is_response = heard.context.kind == Kind::Response;
    let is_said = |says: &Says| match says {
        Says::Thanks => !is_response && heard.first(Cue::Thanks).is_some(),
        Says::Private => is_response && heard.first(Cue::Private).is_some(),
        Says::Automatic => is_response && heard.first(Cue::Automatic).is_some(),
    };
    Says::ALL.into_iter().filter(is_said).collect()
}
