//! How does an answer look to a program? The JSON of the HTTP API, of `--json` and of export: one shape for each.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::error::AskError;
use super::judgement::{JudgementAnswer, judgement_answer};
use super::ledger::{ChangeAnswer, PeriodAnswer};
use super::responses::FateAnswer;
use crate::insight::{series_query, wilson};
use crate::model::{BrandId, CaseId, ProblemId, Query, Trend};
use crate::store::{Assigned, Market, Place, Record, Snapshot, pseudonym};

/// The question as it was understood.
#[derive(Debug, Clone, Serialize)]
pub struct QuestionAnswer {
    /// In the query language, filters included.
    pub query: String,
    /// In words.
    pub explained: String,
}

/// One page of posts.
#[derive(Debug, Clone, Serialize)]
pub struct SearchAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// In which order.
    pub sort: &'static str,
    /// All posts that match.
    pub total: u64,
    /// Those of this page.
    pub posts: Vec<PostAnswer>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

/// One post.
#[derive(Debug, Clone, Serialize)]
pub struct PostAnswer {
    /// `source:native-id`.
    pub id: String,
    /// Where it came from.
    pub source: String,
    /// post, reply, review or response.
    pub kind: &'static str,
    /// When it was written, RFC 3339 in UTC; null if the source gave no date.
    pub created: Option<String>,
    /// Pseudonym of who wrote it.
    pub author: Option<String>,
    /// The language it is written in.
    pub lang: &'static str,
    /// Brands that it is about.
    pub brands: Vec<BrandId>,
    /// Brands that it names.
    pub mentions: Vec<BrandId>,
    /// Brands that it speaks to.
    pub directed: Vec<BrandId>,
    /// Headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was written, masked.
    pub text: String,
    /// Title and text as HTML, escaped, with what was asked for in `<mark>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlight: Option<HighlightAnswer>,
    /// Stars as the source gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    /// How many people it may have reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<u64>,
    /// The post that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Something in it was masked.
    pub masked: bool,
    /// What its writer meant.
    #[serde(flatten)]
    pub judgement: JudgementAnswer,
    /// Posts with the same case say the same.
    pub case: CaseId,
    /// What of this a person judged: names as in `evidence`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<String>,
    /// The department that takes it; null if none does.
    pub route: Option<String>,
    /// Its problems of the ledger, the strongest first; only in an export, and where there is a ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problems: Option<Vec<PostProblem>>,
    /// How it fares on the response clock; left out where it is not on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<FateAnswer>,
    /// What else the source said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl PostAnswer {
    /// Its words as HTML, nothing marked in them.
    pub(super) fn plain_highlight(&self) -> HighlightAnswer {
        HighlightAnswer {
            title: self.title.as_deref().map(|words| marked(words, &[])),
            text: marked(&self.text, &[]),
        }
    }
}

/// A problem of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostProblem {
    /// Lasts.
    pub id: ProblemId,
    /// What it is called.
    pub name: String,
}

/// Tells which problems of the ledger posts of `snapshot` have.
#[derive(Debug)]
pub(super) struct PostProblems<'a> {
    snapshot: &'a Snapshot,
    assigned: Option<Arc<Assigned>>,
}

impl<'a> PostProblems<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Result<Self, AskError> {
        snapshot.check_ledger()?;
        let assigned = if snapshot.ledger().is_empty() { None } else { Some(snapshot.assigned()?) };
        Ok(Self { snapshot, assigned })
    }

    /// Those of one post, the strongest first.
    pub(super) fn of(&self, place: Place) -> Option<Vec<PostProblem>> {
        let assigned = self.assigned.as_ref()?;
        let ids = assigned.of(place).map(|number| &assigned.problems()[usize::from(number)]);
        let named = ids.map(|id| PostProblem {
            name: self.snapshot.ledger().problem(id).map_or("", |problem| problem.name()).to_owned(),
            id: id.clone(),
        });
        Some(named.collect())
    }
}

/// A post's words as HTML.
#[derive(Debug, Clone, Serialize)]
pub struct HighlightAnswer {
    /// Of the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of the text.
    pub text: String,
}

/// Counts over time.
#[derive(Debug, Clone, Serialize)]
pub struct TrendAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// day, week or month.
    pub interval: &'static str,
    /// Whose midnights.
    pub time_zone: String,
    /// What the series are split by.
    pub by: &'static str,
    /// What is counted: post, case (posts that say the same once) or author.
    pub per: &'static str,
    /// First day of the first bucket; null without dated posts.
    pub from: Option<String>,
    /// Last day of the last bucket.
    pub to: Option<String>,
    /// Matching posts, with a date or without. A post with several brands counts once here and in each brand's series.
    pub total: u64,
    /// How many posts the question finds: more than `total` where cases or authors are counted.
    pub listed: u64,
    /// Of them in no bucket, since their source gave no date.
    pub undated: u64,
    /// First day of each bucket.
    pub starts: Vec<String>,
    /// One for each value, the most posts first.
    pub series: Vec<SeriesAnswer>,
    /// Where problems are asked for: where each of them goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<GoesAnswer>,
}

/// Where a problem goes, among the posts of the same question without it.
#[derive(Debug, Clone, Serialize)]
pub struct GoesAnswer {
    /// Lasts.
    pub id: ProblemId,
    /// What it is called.
    pub name: String,
    /// Posts of the question that have it, without responses of brands; cases or authors if those are counted.
    pub count: u64,
    /// How many posts its question finds.
    pub listed: u64,
    /// The question that finds them.
    pub query: String,
    /// rising, steady or fading; null without two periods to compare.
    pub direction: Option<&'static str>,
    /// The last period against the one before, corrected for all problems of the ledger.
    pub change: Option<ChangeAnswer>,
    /// Which days these are.
    pub period: Option<PeriodAnswer>,
    /// The first dated post of the question that has it.
    pub first_seen: Option<String>,
    /// The last.
    pub last_seen: Option<String>,
}

/// One series.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesAnswer {
    /// Brand id, source, language code, or `all`.
    pub key: String,
    /// For people.
    pub name: String,
    /// Sum of its counts; where cases or authors are counted, how many different ones.
    pub total: u64,
    /// How many posts its question finds: more than `total` where cases or authors are counted.
    pub listed: u64,
    /// The question that finds them: those with a date.
    pub query: String,
    /// Posts in each bucket, in the order of `starts`; null where nothing was collected, which is not zero.
    pub counts: Vec<Option<u64>>,
    /// Its posts by weekday, from Monday to Sunday; null where there are too many days to hold.
    pub weekdays: Option<[u64; 7]>,
    /// On how many of each of these days anything was collected: divide by it to compare weekdays.
    pub weekday_days: Option<[u64; 7]>,
    /// Where problems are asked for: what share the counts are of the posts of the same question without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<SeriesShare>,
}

/// A series as a share of another, bucket by bucket; null where that has no posts.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesShare {
    /// Posts of the question without its problems.
    pub of: Vec<Option<u64>>,
    /// Of 100 of them.
    pub per_100: Vec<Option<f64>>,
    /// Lower end of the interval in which the true share lies in 95 of 100 cases (Wilson 1927).
    pub low: Vec<Option<f64>>,
    /// Upper end.
    pub high: Vec<Option<f64>>,
    /// The same posts whatever their writers mean.
    pub mentions: Vec<Option<u64>>,
    /// Of 1,000 of them.
    pub per_1000_mentions: Vec<Option<f64>>,
    /// Lower end.
    pub low_of_mentions: Vec<Option<f64>>,
    /// Upper end.
    pub high_of_mentions: Vec<Option<f64>>,
}

impl SeriesShare {
    /// What share `counts` are of `of`, and of `mentions`.
    pub(super) fn new(counts: &[Option<u64>], of: &[Option<u64>], mentions: &[Option<u64>]) -> Self {
        let each = |size: f64, of: &[Option<u64>], value: fn(u64, u64) -> f64| {
            let both = counts.iter().zip(of);
            both.map(|(count, of)| Some(size * value(count.unwrap_or(0), of.filter(|of| *of > 0)?))).collect()
        };
        let [share, low, high]: [fn(u64, u64) -> f64; 3] = [
            |count, of| count as f64 / of as f64,
            |count, of| wilson(count, of).0,
            |count, of| wilson(count, of).1,
        ];
        Self {
            of: of.to_vec(),
            per_100: each(100.0, of, share),
            low: each(100.0, of, low),
            high: each(100.0, of, high),
            mentions: mentions.to_vec(),
            per_1000_mentions: each(1000.0, mentions, share),
            low_of_mentions: each(1000.0, mentions, low),
            high_of_mentions: each(1000.0, mentions, high),
        }
    }
}

/// What posts suffer from.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemsAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// Posts of the question, without responses of brands.
    pub posts: u64,
    /// The question that finds them.
    pub posts_query: String,
    /// Posts that they are compared with.
    pub rest: u64,
    /// Posts of the question that have none of the problems.
    pub unassigned: u64,
    /// The strongest first.
    pub problems: Vec<ProblemAnswer>,
}

/// One problem.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemAnswer {
    /// As people write it.
    pub name: String,
    /// Its stems.
    pub terms: Vec<String>,
    /// Posts of the question that have it.
    pub count: u64,
    /// Of all posts of the question, 0..=1.
    pub share: f64,
    /// Of the other posts, were they in the same languages as those of the question, 0..=1.
    pub rest_share: f64,
    /// Twice the log-likelihood ratio against the rest.
    pub strength: f64,
    /// The question that finds its posts.
    pub query: String,
    /// Some of its posts.
    pub examples: Vec<PostAnswer>,
}

impl QuestionAnswer {
    /// A question as it is shown; brands are called as `market` calls them.
    #[must_use]
    pub fn of(query: &Query, market: &Market) -> Self {
        // In words a brand is called by its name, however it was asked for.
        let named = query.clone().renamed(&|name| match market.find(name).as_slice() {
            [id] => market.name_of(id.as_str()).to_owned(),
            _ => name.to_owned(),
        });
        Self { query: query.to_string(), explained: named.explain() }
    }
}

/// Ranges of a post that were asked for: of its title, and of its text.
pub type Marks<'a> = (&'a [Range<usize>], &'a [Range<usize>]);

/// The shape of a kept post; with `marks` also as HTML.
#[must_use]
pub fn post_answer(record: &Record, marks: Option<Marks<'_>>) -> PostAnswer {
    let post = &record.post;
    PostAnswer {
        id: post.id.to_string(),
        source: post.source.to_string(),
        kind: post.kind.as_str(),
        created: post.created.map(|created| created.to_string()),
        author: post.author.as_ref().map(|author| pseudonym(&post.source, &author.handle)),
        lang: record.language.code(),
        brands: record.brands.clone(),
        mentions: record.mentions.clone(),
        directed: record.directed.clone(),
        highlight: marks.map(|(title, text)| HighlightAnswer {
            title: post.title.as_deref().map(|words| marked(words, title)),
            text: marked(&post.text, text),
        }),
        title: post.title.clone(),
        text: post.text.clone(),
        rating: post.rating,
        reach: post.reach,
        reply_to: post.reply_to.as_ref().map(ToString::to_string),
        url: post.url.clone(),
        masked: record.is_masked,
        judgement: judgement_answer(&record.judgement, post.title.as_deref(), &post.text),
        case: record.case,
        corrected: record.corrected.iter().map(|aspect| aspect.name()).collect(),
        route: record.route.clone(),
        problems: None,
        response: None,
        attributes: post.attributes.clone(),
    }
}

/// The shape of a trend of posts: who counts something else says how many posts are listed. `daily` is the same by day, where
/// it could be counted.
pub(super) fn trend_answer(
    query: &Query,
    market: &Market,
    trend: Trend,
    daily: Option<&Trend>,
) -> TrendAnswer {
    TrendAnswer {
        question: QuestionAnswer::of(query, market),
        interval: trend.interval.as_str(),
        time_zone: trend.time_zone,
        by: trend.split.as_str(),
        per: trend.per.as_str(),
        from: trend.starts.first().map(ToString::to_string),
        to: trend.end.map(|end| end.yesterday().unwrap_or(end).to_string()),
        total: trend.dated + trend.undated,
        listed: trend.dated + trend.undated,
        undated: trend.undated,
        starts: trend.starts.iter().map(ToString::to_string).collect(),
        problems: Vec::new(),
        series: trend
            .series
            .into_iter()
            .map(|series| SeriesAnswer {
                weekdays: daily.map(|daily| daily.weekdays(&series.key).map(|(count, _)| count)),
                weekday_days: daily.map(|daily| daily.weekdays(&series.key).map(|(_, days)| days)),
                listed: series.total,
                query: series_query(query, trend.split, &series.key).to_string(),
                key: series.key,
                name: series.name,
                total: series.total,
                counts: series.counts,
                share: None,
            })
            .collect(),
    }
}

/// `text` as HTML with `ranges` in `<mark>`. Everything of the text is escaped.
fn marked(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len() + 16 * ranges.len());
    let mut at = 0;
    for range in ranges {
        escape(&text[at..range.start], &mut out);
        out.push_str("<mark>");
        escape(&text[range.clone()], &mut out);
        out.push_str("</mark>");
        at = range.end;
    }
    escape(&text[at..], &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one mark is one range")]
    fn what_the_web_wrote_is_escaped_and_what_was_asked_for_is_marked() {
        assert_eq!(marked("a <b> lost", &[6..10]), "a &lt;b&gt; <mark>lost</mark>");
        assert_eq!(marked("<lost>", &[1..5]), "&lt;<mark>lost</mark>&gt;");
    }
}
