//! Which posts are meant? The flags that every question takes.

use clap::Args;

use crate::api;

/// Which posts.
#[derive(Debug, Clone, Args)]
pub(super) struct Filters {
    /// The question: words, "phrases", NEAR/3, AND OR NOT, -word, (groups), field:value
    ///
    /// Fields: brand, mention, directed, source, lang, kind, author, id, term, problem, created, rating, reach, complaint,
    /// probability, severity, intent, signal, target, sentiment, case, route, answered, response, waiting, responder,
    /// outcome, weekday, hour, is, attr.NAME.
    /// Ranges as created:2015-02-20..2015-02-22 or rating<=2. A question that begins with a hyphen goes after `--`.
    #[arg(value_name = "QUESTION")]
    q: Vec<String>,
    /// About this brand, by id or name (may be repeated: any of them)
    #[arg(long, value_name = "BRAND")]
    brand: Vec<String>,
    /// From this source (may be repeated)
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
    /// In this language: nl, en, de, fr, es, it, pt, und (may be repeated)
    #[arg(long, value_name = "LANG")]
    lang: Vec<String>,
    /// Of this kind: post, reply, review, response (may be repeated)
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Complaints only (yes), or all else (no)
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, require_equals = true, default_missing_value = "yes")]
    complaint: Option<String>,
    /// Complaints at least this bad: no-explicit-reproach, disapproval, accusation, blame
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
    /// What the writer wants: venting, asking-for-help, asking-for-alternative, announcing-switch, question, praise, news,
    /// spam, remark (may be repeated)
    #[arg(long, value_name = "INTENT")]
    intent: Vec<String>,
    /// Asks for attention: sarcasm, threat-to-leave, threat-to-go-public, legal, safety, vulnerable-customer,
    /// payment-incident, privacy-incident, phishing (may be repeated)
    #[arg(long, value_name = "SIGNAL")]
    signal: Vec<String>,
    /// Complains about this brand, or leaves it (may be repeated)
    #[arg(long, value_name = "BRAND")]
    target: Vec<String>,
    /// With this problem of the ledger, by id (may be repeated: any of them)
    #[arg(long, value_name = "ID")]
    problem: Vec<String>,
    /// Written on this day or later, as 2015-02-20
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Written on this day or before
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// With this value of a column that has no field of its own, as state=CA; `*` for any value (may be repeated: all)
    #[arg(long, value_name = "NAME=VALUE")]
    attr: Vec<String>,
    /// Time zone of days, as Europe/Amsterdam [default: the watchlist's, else UTC]
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
}

impl Filters {
    pub(super) fn asked(&self) -> api::Filters {
        api::Filters {
            q: self.q.join(" "),
            brand: self.brand.clone(),
            source: self.source.clone(),
            lang: self.lang.clone(),
            kind: self.kind.clone(),
            complaint: self.complaint.clone(),
            severity: self.severity.clone(),
            intent: self.intent.clone(),
            signal: self.signal.clone(),
            target: self.target.clone(),
            problem: self.problem.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            attr: self.attr.clone(),
            time_zone: self.tz.clone(),
        }
    }
}
