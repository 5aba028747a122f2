//! What in the post asks for somebody's attention, whatever else it is?

use super::find::Found;
use super::phrases::Cue;
use super::switch::Leaving;
use super::{Heard, MOST_EVIDENCE};
use crate::model::{Aspect, Evidence, Intent, Kind, Signal};

/// The signals, each with the words that raise it. A brand's own answer raises none: `beware of phishing` is no alarm
/// where the brand says so.
pub(super) fn signals(
    heard: &Heard,
    leaving: Option<&Leaving>,
    intent: Intent,
) -> (Vec<Signal>, Vec<Evidence>) {
    let mut signals = Vec::new();
    let mut evidence = Vec::new();
    if heard.context.kind == Kind::Response || heard.found.is_empty() {
        return (signals, evidence);
    }
    for signal in Signal::ALL.into_iter().filter(|signal| is_heard(*signal, intent)) {
        let mut spans: Vec<&Found> = match signal {
            Signal::ThreatToLeave => {
                leaving.filter(|leaving| is_threat(leaving)).map(|leaving| leaving.said).into_iter().collect()
            }
            _ => heard.all(cue(signal)).collect(),
        };
        spans.sort_by_key(|found| (!found.is_in_title, found.words.start, usize::MAX - found.words.end));
        spans
            .dedup_by(|next, kept| next.is_in_title == kept.is_in_title && next.words.start < kept.words.end);
        if !spans.is_empty() {
            signals.push(signal);
            let spans = spans.into_iter().take(MOST_EVIDENCE);
            evidence.extend(spans.map(|found| heard.evidence(Aspect::Signal(signal), found)));
        }
    }
    (signals, evidence)
}

/// What is nobody's own story asks for less attention: news of a lawsuit is no lawsuit, and spam takes any word.
fn is_heard(signal: Signal, intent: Intent) -> bool {
    match intent {
        Intent::Spam => signal == Signal::Phishing,
        Intent::News => {
            matches!(
                signal,
                Signal::Safety | Signal::PrivacyIncident | Signal::Phishing | Signal::PaymentIncident
            )
        }
        _ => true,
    }
}

/// Who goes to a brand threatens one only if another is left: `thinking of switching to KPN, any good?` is bad news for
/// nobody that is known.
fn is_threat(leaving: &Leaving) -> bool {
    let is_to_one = leaving.said.cue == Cue::Join || leaving.to.is_some();
    !leaving.is_over && (!is_to_one || leaving.from.is_some())
}

fn cue(signal: Signal) -> Cue {
    match signal {
        Signal::Sarcasm => Cue::Sarcasm,
        Signal::ThreatToLeave => Cue::Leave,
        Signal::ThreatToGoPublic => Cue::Public,
        Signal::Legal => Cue::Legal,
        Signal::Safety => Cue::Safety,
        Signal::VulnerableCustomer => Cue::Vulnerable,
        Signal::PaymentIncident => Cue::Payment,
        Signal::PrivacyIncident => Cue::Privacy,
        Signal::Phishing => Cue::Phishing,
    }
}
