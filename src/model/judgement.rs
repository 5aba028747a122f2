//! What did the writer mean, and how bad is it? The judgements of a [`Finding`](super::Finding), each with its values.
//!
//! How sure, how bad and for whom are separate values and never one score. To add a signal: a variant, its line in
//! [`Signal::ALL`] and its name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::BrandId;

/// What was judged of what the writer meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// Whether it is a complaint, and how sure.
    pub complaint: Complaint,
    /// How bad it is, if it is a complaint or may be one; `None` where a complaint is out of the question.
    pub severity: Option<Severity>,
    /// What the writer wants.
    pub intent: Intent,
    /// From which brand to which, where a switch is announced.
    pub switch: Switch,
    /// How the writer feels: -1 as bad as can be, 0 neutral, 1 as good as can be; a multiple of 0.001.
    pub sentiment: f32,
    /// The brand that is complained about, or is left.
    pub target: Option<BrandId>,
    /// What asks for attention, each once, in the order of [`Signal::ALL`].
    pub signals: Vec<Signal>,
    /// The words that weighed most, by judgement and then by place.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// Whether the writer means to leave `brand`; without one, the provider that they speak to without naming it.
    #[must_use]
    pub fn leaves(&self, brand: Option<&BrandId>) -> bool {
        match brand {
            Some(brand) => self.switch.from.as_ref() == Some(brand),
            None => {
                self.switch.from.is_none()
                    && (self.intent == Intent::AnnouncingSwitch
                        || self.signals.contains(&Signal::ThreatToLeave))
            }
        }
    }
}

/// Whether the writer says that reality fell short of what somebody is held to (Olshtain and Weinbach 1987, as
/// annotated by Preoțiuc-Pietro et al., ACL 2019). Not the same as negative sentiment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complaint {
    /// The verdict: [`Complaint::probability`] is at least one half, or a person said so.
    pub verdict: bool,
    /// How sure, 0..=1, calibrated: of the posts at 0.8, eight in ten are complaints; a multiple of 0.001.
    pub probability: f32,
}

/// How bad a complaint is: who is reproached, and how openly (Trosborg 1995; Jin and Aletras 2021).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The fact is told, or help is asked; nobody is reproached.
    NoExplicitReproach,
    /// Displeasure is said, without saying who is at fault.
    Disapproval,
    /// Somebody is said to have done it.
    Accusation,
    /// Somebody is said to be responsible, and bad for it.
    Blame,
}

/// What the writer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Intent {
    /// To be heard: a complaint that asks for nothing.
    Venting,
    /// Somebody to act on their case.
    AskingForHelp,
    /// Another provider or product.
    AskingForAlternative,
    /// To say that they leave, have left or will leave a brand.
    AnnouncingSwitch,
    /// To know something; nothing went wrong.
    Question,
    /// To thank or to praise.
    Praise,
    /// To pass on news, or to advertise.
    News,
    /// To reach people who did not ask.
    Spam,
    /// None of these.
    #[default]
    Remark,
}

/// Something in a post that asks for somebody's attention, whatever else it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Says the opposite of what is meant.
    Sarcasm,
    /// Says that they leave, or will if nothing happens.
    ThreatToLeave,
    /// Says that the press, a programme or the public will hear of it.
    ThreatToGoPublic,
    /// Names a lawyer, a court, a regulator or an ombudsman.
    Legal,
    /// Somebody could be or was hurt.
    Safety,
    /// Somebody old, ill, disabled, pregnant, with a small child, or in distress.
    VulnerableCustomer,
    /// Money went where it should not, or did not arrive.
    PaymentIncident,
    /// Data of a person were seen, lost or passed on.
    PrivacyIncident,
    /// Somebody poses as the brand, or a false story goes round.
    Phishing,
}

/// A switch between brands that the writer announces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switch {
    /// The brand that is left, where it is named or spoken to.
    pub from: Option<BrandId>,
    /// The brand that is gone to.
    pub to: Option<BrandId>,
}

/// Words that led to a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Which judgement.
    pub of: Aspect,
    /// The words stand in the title, not in the text.
    pub is_in_title: bool,
    /// First byte, in the masked text or title.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
}

/// One thing that is judged: what evidence is of, and what a person can correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// [`Complaint`].
    Complaint,
    /// [`Severity`].
    Severity,
    /// [`Intent`].
    Intent,
    /// How the writer feels, from -1 to 1.
    Sentiment,
    /// The brand that is complained about.
    Target,
    /// One signal.
    Signal(Signal),
}

/// Posts that say the same are one case: a copy, a retweet, a template that many send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CaseId(pub u64);

/// A text that is none of the values there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: use {values}")]
pub struct UnknownValue {
    text: String,
    what: &'static str,
    values: String,
}

impl UnknownValue {
    pub(super) fn new(text: &str, what: &'static str, values: String) -> Self {
        Self { text: text.chars().take(40).collect(), what, values }
    }
}

/// Gives an enum its words: the same in JSON, in a question and on the page.
macro_rules! words {
    ($name:ident, $what:literal, $($variant:ident => $word:literal),+ $(,)?) => {
        impl $name {
            /// All values.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The value as it is written everywhere.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownValue;
            fn from_str(text: &str) -> Result<Self, UnknownValue> {
                Self::ALL.into_iter().find(|value| value.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
                    UnknownValue::new(text, $what, Self::ALL.map(Self::as_str).join(", "))
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use words;

words!(Severity, "a severity",
    NoExplicitReproach => "no-explicit-reproach",
    Disapproval => "disapproval",
    Accusation => "accusation",
    Blame => "blame",
);

words!(Intent, "an intent",
    Venting => "venting",
    AskingForHelp => "asking-for-help",
    AskingForAlternative => "asking-for-alternative",
    AnnouncingSwitch => "announcing-switch",
    Question => "question",
    Praise => "praise",
    News => "news",
    Spam => "spam",
    Remark => "remark",
);

words!(Signal, "a signal",
    Sarcasm => "sarcasm",
    ThreatToLeave => "threat-to-leave",
    ThreatToGoPublic => "threat-to-go-public",
    Legal => "legal",
    Safety => "safety",
    VulnerableCustomer => "vulnerable-customer",
    PaymentIncident => "payment-incident",
    PrivacyIncident => "privacy-incident",
    Phishing => "phishing",
);

impl Aspect {
    /// The aspect as it is written everywhere; a signal is `signal:safety`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Complaint => "complaint".to_owned(),
            Self::Severity => "severity".to_owned(),
            Self::Intent => "intent".to_owned(),
            Self::Sentiment => "sentiment".to_owned(),
            Self::Target => "target".to_owned(),
            Self::Signal(signal) => format!("signal:{signal}"),
        }
    }
}

impl FromStr for Aspect {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        if let Some(signal) = text.strip_prefix("signal:") {
            return signal.parse().map(Self::Signal);
        }
        let plain = [Self::Complaint, Self::Severity, Self::Intent, Self::Sentiment, Self::Target];
        plain.into_iter().find(|aspect| aspect.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            UnknownValue::new(
                text,
                "something that is judged",
                "complaint, severity, intent, sentiment, target or signal:NAME".to_owned(),
            )
        })
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for CaseId {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        let is_case = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_case.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(Self).ok_or_else(|| {
            UnknownValue::new(text, "a case", "the sixteen digits that a post shows as its `case`".to_owned())
        })
    }
}

impl Serialize for CaseId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_as_it_is_written() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
        }
        for intent in Intent::ALL {
            assert_eq!(intent.as_str().parse(), Ok(intent));
        }
        for signal in Signal::ALL {
            assert_eq!(signal.as_str().parse(), Ok(signal));
            assert_eq!(Aspect::Signal(signal).name().parse(), Ok(Aspect::Signal(signal)));
        }
        for case in [0, 1, u64::MAX] {
            assert_eq!(CaseId(case).to_string().parse(), Ok(CaseId(case)));
        }
        let error = "sever".parse::<Severity>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`sever` is not a severity: use no-explicit-reproach, disapproval, accusation, blame"
        );
        assert!("+00000000000000f".parse::<CaseId>().is_err());
    }
}
