//! What can a person say about a judgement? One aspect of it, and what is true instead.

use std::fmt;

use super::{Aspect, BrandId, Intent, Judgement, Severity, Signal};

/// What a person judged about a post. It wins over what was judged without them.
#[derive(Debug, Clone, PartialEq)]
pub enum Correction {
    /// Whether it is a complaint.
    Complaint(bool),
    /// How bad it is; `None` if no complaint is in it.
    Severity(Option<Severity>),
    /// What the writer wants.
    Intent(Intent),
    /// How the writer feels, -1 to 1 in steps of 0.001.
    Sentiment(f32),
    /// The brand that is complained about, or left; `None` if there is none.
    Target(Option<BrandId>),
    /// Whether it has this signal.
    Signal(Signal, bool),
}

/// A value that an aspect cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no value of {aspect}: use {values}")]
pub struct BadCorrection {
    aspect: String,
    value: String,
    values: String,
}

impl Correction {
    /// Reads the value of `aspect` as [`Correction::value`] writes it, and as people do.
    ///
    /// # Errors
    /// [`BadCorrection`] says which values there are.
    pub fn read(aspect: Aspect, value: &str) -> Result<Self, BadCorrection> {
        let bad = |values: &str| BadCorrection {
            aspect: aspect.name(),
            value: value.chars().take(40).collect(),
            values: values.to_owned(),
        };
        let truth = || match value.to_ascii_lowercase().as_str() {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            _ => Err(bad("yes or no")),
        };
        let is_none = value.eq_ignore_ascii_case("none");
        Ok(match aspect {
            Aspect::Complaint => Self::Complaint(truth()?),
            Aspect::Severity if is_none => Self::Severity(None),
            Aspect::Severity => {
                Self::Severity(Some(value.parse().map_err(|_| {
                    bad(&format!("{} or none", Severity::ALL.map(Severity::as_str).join(", ")))
                })?))
            }
            Aspect::Intent => {
                Self::Intent(value.parse().map_err(|_| bad(&Intent::ALL.map(Intent::as_str).join(", ")))?)
            }
            Aspect::Sentiment => {
                let number = value.parse::<f32>().ok().filter(|number| (-1.0..=1.0).contains(number));
                let number = number.ok_or_else(|| bad("a number from -1 to 1, as -0.5"))?;
                // Also takes the sign from a negative zero.
                Self::Sentiment((number * 1000.0).round() / 1000.0 + 0.0)
            }
            Aspect::Target if is_none => Self::Target(None),
            Aspect::Target => {
                Self::Target(Some(BrandId::new(value).map_err(|_| bad("the id of a brand, or none"))?))
            }
            Aspect::Signal(signal) => Self::Signal(signal, truth()?),
        })
    }

    /// What it is about.
    #[must_use]
    pub fn aspect(&self) -> Aspect {
        match self {
            Self::Complaint(_) => Aspect::Complaint,
            Self::Severity(_) => Aspect::Severity,
            Self::Intent(_) => Aspect::Intent,
            Self::Sentiment(_) => Aspect::Sentiment,
            Self::Target(_) => Aspect::Target,
            Self::Signal(signal, _) => Aspect::Signal(*signal),
        }
    }

    /// What is true of it, as it is typed.
    #[must_use]
    pub fn value(&self) -> String {
        let truth = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
        match self {
            Self::Complaint(is_so) | Self::Signal(_, is_so) => truth(*is_so),
            Self::Severity(severity) => severity.map_or("none", Severity::as_str).to_owned(),
            Self::Intent(intent) => intent.to_string(),
            Self::Sentiment(number) => number.to_string(),
            Self::Target(brand) => brand.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string),
        }
    }

    /// The value that `judgement` has for `aspect`.
    #[must_use]
    pub fn of(judgement: &Judgement, aspect: Aspect) -> Self {
        match aspect {
            Aspect::Complaint => Self::Complaint(judgement.complaint.verdict),
            Aspect::Severity => Self::Severity(judgement.severity),
            Aspect::Intent => Self::Intent(judgement.intent),
            Aspect::Sentiment => Self::Sentiment(judgement.sentiment),
            Aspect::Target => Self::Target(judgement.target.clone()),
            Aspect::Signal(signal) => Self::Signal(signal, judgement.signals.contains(&signal)),
        }
    }

    /// Puts what people said in place of what `judgement` says, and returns of which aspects.
    ///
    /// What follows from a verdict follows from a person's, too: what is no complaint has no severity, and no target
    /// unless its writer leaves a brand; a complaint has at least the lowest severity. The probability stays, since it
    /// says how sure the program was. Words that led to another judgement are no evidence of this one.
    pub fn apply(corrections: &[Self], judgement: &mut Judgement) -> Vec<Aspect> {
        let mut sorted: Vec<&Self> = corrections.iter().collect();
        sorted.sort_by_key(|correction| correction.aspect());
        for correction in &sorted {
            match correction {
                Self::Complaint(false) => {
                    judgement.complaint.verdict = false;
                    judgement.severity = None;
                    if judgement.switch.from.is_none() {
                        judgement.target = None;
                    }
                }
                Self::Complaint(true) => {
                    judgement.complaint.verdict = true;
                    judgement.severity.get_or_insert(Severity::NoExplicitReproach);
                }
                Self::Severity(severity) => judgement.severity = *severity,
                Self::Intent(intent) => judgement.intent = *intent,
                Self::Sentiment(sentiment) => judgement.sentiment = *sentiment,
                Self::Target(target) => judgement.target.clone_from(target),
                Self::Signal(signal, is_so) => {
                    judgement.signals.retain(|other| other != signal);
                    if *is_so {
                        judgement.signals.push(*signal);
                        judgement.signals.sort();
                    }
                }
            }
        }
        let aspects: Vec<Aspect> = sorted.iter().map(|correction| correction.aspect()).collect();
        let (severity, target) = (judgement.severity.is_some(), judgement.target.is_some());
        judgement.evidence.retain(|evidence| {
            !aspects.contains(&evidence.of)
                && (severity || evidence.of != Aspect::Severity)
                && (target || evidence.of != Aspect::Target)
        });
        aspects
    }
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.aspect().name(), self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Evidence;

    #[test]
    fn a_correction_is_read_as_it_is_written() {
        for text in [
            "complaint=no",
            "severity=blame",
            "severity=none",
            "intent=question",
            "sentiment=-0.5",
            "target=kpn",
            "target=none",
            "signal:safety=yes",
        ] {
            let (aspect, value) = text.split_once('=').unwrap();
            let aspect: Aspect = aspect.parse().unwrap();
            let read = Correction::read(aspect, value).unwrap();
            assert_eq!((read.to_string().as_str(), read.aspect()), (text, aspect));
        }
        for (aspect, value, expect) in [
            (Aspect::Complaint, "perhaps", "`perhaps` is no value of complaint: use yes or no"),
            (Aspect::Sentiment, "2", "`2` is no value of sentiment: use a number from -1 to 1, as -0.5"),
            (Aspect::Sentiment, "NaN", "`NaN` is no value of sentiment: use a number from -1 to 1, as -0.5"),
        ] {
            assert_eq!(Correction::read(aspect, value).unwrap_err().to_string(), expect);
        }
    }

    #[test]
    fn a_person_wins_and_what_follows_from_it_follows() {
        let brand = BrandId::new("kpn").unwrap();
        let evidence = |of| Evidence { of, is_in_title: false, start: 0, end: 1 };
        let judged = Judgement {
            severity: Some(Severity::Blame),
            target: Some(brand.clone()),
            signals: vec![Signal::Legal],
            evidence: vec![evidence(Aspect::Complaint), evidence(Aspect::Severity), evidence(Aspect::Intent)],
            ..Judgement::default()
        };
        let mut judgement = judged.clone();
        let said = [Correction::Signal(Signal::Sarcasm, true), Correction::Complaint(false)];
        let aspects = Correction::apply(&said, &mut judgement);
        assert_eq!(aspects, [Aspect::Complaint, Aspect::Signal(Signal::Sarcasm)]);
        assert_eq!((judgement.severity, &judgement.target), (None, &None));
        assert_eq!(judgement.signals, [Signal::Sarcasm, Signal::Legal]);
        assert_eq!(judgement.evidence, [evidence(Aspect::Intent)]);
        let mut judgement = judged;
        Correction::apply(&[Correction::Target(Some(brand)), Correction::Complaint(false)], &mut judgement);
        assert!(judgement.target.is_some(), "what a person said of one aspect is not undone by another");
    }
}
