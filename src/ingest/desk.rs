//! What happens to one post between its source and the index? It is judged, people's words win, and a department takes it.

use crate::analysis::learned::Learned;
use crate::analysis::{Judge, Judged, Known, Router, mask_attributes};
use crate::ingest::{Adaptation, IngestError};
use crate::model::{Correction, Finding, Post, PostId, Role, Watchlist, WatchlistId};
use crate::state::{Corrections, State};
use crate::store::{Market, Preparer, Record, Writer, attribute_term, pseudonym};
use crate::text::{Analyzer, Encoded};

/// Judges and routes by one watchlist, or by none.
#[derive(Debug)]
pub struct Desk {
    pub(super) judge: Judge,
    router: Router,
    /// The watchlist's name.
    pub(super) watchlist: Option<WatchlistId>,
}

impl Desk {
    /// A desk that works by `watchlist`. `market` says what names of brands mean, `adapted` are the weights as a user's
    /// labels corrected them.
    #[must_use]
    pub fn new(watchlist: Option<&Watchlist>, market: &Market, adapted: Option<&Learned>) -> Self {
        let zone = watchlist.map_or(jiff::tz::TimeZone::UTC, |watchlist| watchlist.time_zone.clone());
        let known = Known {
            brands: &|name: &str| market.find(name).into_iter().cloned().collect(),
            side: &|role: Role| market.on_side(role).cloned().collect(),
            pseudonym,
            attribute: attribute_term,
            time_zone: &zone,
        };
        let judge = Judge::new(watchlist);
        Self {
            judge: match adapted {
                Some(adapted) => judge.with(adapted.clone()),
                None => judge,
            },
            router: Router::new(watchlist.map_or(&[], |watchlist| &watchlist.routes), &known),
            watchlist: watchlist.map(|watchlist| watchlist.id.clone()),
        }
    }

    /// Whether any post can be sent to a department.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.router.has_rules()
    }

    /// Judges a post that is only passing through, and says which department would take it.
    #[must_use]
    pub fn look_at(&self, post: &Post, analyzer: &mut Analyzer) -> (Finding, Option<String>) {
        let finding = self.judge.judge(post);
        if !self.has_rules() {
            return (finding, None);
        }
        let record = Record::new(post.clone(), finding.clone());
        let encoded = analyzer.encode(record.post.title.as_deref(), &record.post.text, record.language);
        let route = self.route(&record, &encoded);
        (finding, route)
    }

    /// Judges a post that came from a source or, masked, from an index.
    pub(super) fn record(&self, mut post: Post) -> Record {
        let finding = self.judge.judge(&post);
        mask_attributes(&mut post);
        let mut record = Record::new(post, finding);
        record.watchlist.clone_from(&self.watchlist);
        record
    }

    /// Judges a post of the index again. One that no watchlist was used for keeps the brands that it came with.
    pub(super) fn again(&self, old: Record) -> Record {
        if self.watchlist.is_some() {
            return self.record(old.post);
        }
        let (brands, mentions, directed) = (old.brands, old.mentions, old.directed);
        Record { brands, mentions, directed, ..self.record(old.post) }
    }

    /// Lets people's words win, and sends the post to its department. Returns its words.
    pub(super) fn finish(
        &self,
        record: &mut Record,
        corrections: &Corrections,
        preparer: &mut Preparer,
    ) -> Encoded {
        let said = corrections.of(&record.post.id);
        if !said.is_empty() {
            record.corrected = Correction::apply(said, &mut record.judgement);
        }
        let encoded = preparer.encode(record);
        record.route = self.route(record, &encoded);
        encoded
    }

    /// The department that takes a post.
    pub(super) fn route(&self, record: &Record, encoded: &Encoded) -> Option<String> {
        let judged = Judged {
            post: &record.post,
            encoded,
            language: record.language,
            brands: &record.brands,
            mentions: &record.mentions,
            directed: &record.directed,
            is_masked: record.is_masked,
            is_corrected: !record.corrected.is_empty(),
            judgement: &record.judgement,
            case: record.case,
        };
        self.router.route(&judged).map(str::to_owned)
    }
}

/// Brings to the index what people said of posts and it does not show yet, because it was being written or a run was killed.
/// `kept` are the watchlists that posts were judged by. Returns the posts that it shows as they were corrected.
///
/// # Errors
/// Those of the store and of the state. What was not brought is still pending.
pub fn heal(state: &mut State, writer: &mut Writer, kept: &[Watchlist]) -> Result<Vec<PostId>, IngestError> {
    let pending = state.pending()?;
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let corrections = state.corrections()?;
    let market = writer.market()?;
    let adapted = Adaptation::read(writer.folder())?.learned;
    let desk = |watchlist| Desk::new(watchlist, &market, adapted.as_ref());
    let desks: Vec<Desk> = kept.iter().map(|watchlist| desk(Some(watchlist))).collect();
    let none = desk(None);
    let mut preparer = writer.preparer();
    let mut healed = Vec::new();
    for (id, _) in &pending {
        // A post that is gone keeps its corrections, for when it comes again.
        let Some(mut record) = writer.post(id)? else { continue };
        let desk = match &record.watchlist {
            None => Some(&none),
            Some(wanted) => desks.iter().find(|desk| desk.watchlist.as_ref() == Some(wanted)),
        };
        // What was undone is as it would be without people; where that cannot be told, as it was last.
        if let Some(desk) = desk {
            record.judgement = desk.again(record.clone()).judgement;
        }
        record.corrected = Correction::apply(corrections.of(id), &mut record.judgement);
        let encoded = preparer.encode(&record);
        if let Some(desk) = desk {
            record.route = desk.route(&record, &encoded);
        }
        writer.put(preparer.prepare(&record, &encoded))?;
        healed.push(id.clone());
    }
    writer.commit(&market)?;
    state.applied(&pending)?;
    Ok(healed)
}
