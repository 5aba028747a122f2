//! How many posts have each problem? Every post that matches is scored, none left out.

use std::collections::BTreeMap;

use super::share;
use crate::insight::InsightError;
use crate::insight::typical::{Fittest, Fitting, Said, most_typical, of_name};
use crate::model::{Discovered, Language, PostId, Signature};
use crate::store::membership::{IDS, Membership, theme_of};
use crate::store::{Matching, Place, Snapshot, Vocabulary};

/// A theme is that of a problem if so large a share of its posts speak of it,
const MIN_THEME_SHARE: f64 = 0.3;

/// so many times the share of all posts in the language,
const MIN_THEME_LIFT: f64 = 1.5;

/// and it is among so many terms that tell most about it.
const TELLING: usize = 5;

/// For each theme, posts that speak of it.
type Having = [u64; 32];

#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) posts: u64,
    pub(super) unassigned: u64,
    pub(super) tallies: Vec<Tally>,
    pub(super) languages: BTreeMap<Language, OfLanguage>,
}

#[derive(Debug, Default)]
pub(super) struct OfLanguage {
    posts: u64,
    pub(super) having: Having,
}

/// What was counted of one problem.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) strongest: u64,
    /// Of the posts whose strongest problem it is, those that speak of each theme.
    having: Having,
    /// Those with the highest scores for their length.
    best: Fittest,
    /// The same, the most typical first.
    typical: Vec<Place>,
}

impl Counted {
    pub(super) fn new(
        snapshot: &Snapshot,
        vocabulary: &Vocabulary,
        matching: &Matching,
        problems: &[Discovered],
    ) -> Result<Self, InsightError> {
        let signatures: Vec<&Signature> = problems.iter().map(|problem| &problem.signature).collect();
        let mut membership = Membership::new(&signatures, vocabulary);
        let cores: Vec<Signature> = problems.iter().map(|problem| problem.signature.core()).collect();
        let mut core = Membership::new(&cores.iter().collect::<Vec<_>>(), vocabulary);
        let mut counted = Self { tallies: vec![Tally::default(); problems.len()], ..Self::default() };
        snapshot.read_terms(vocabulary, matching, |post| {
            counted.posts += 1;
            let themes = membership.theme_bits(post.language, post.stems);
            let language = counted.languages.entry(post.language).or_default();
            language.posts += 1;
            add(&mut language.having, themes);
            let problems = membership.of(post.language, post.stems);
            for (_, problem) in problems {
                counted.tallies[*problem as usize].count += 1;
            }
            let Some((_, strongest)) = problems.first().copied() else {
                counted.unassigned += 1;
                return;
            };
            let tally = &mut counted.tallies[strongest as usize];
            tally.strongest += 1;
            add(&mut tally.having, themes);
            let fit = core.fit(post.language, post.stems, strongest).unwrap_or(0);
            tally.best.offer(fit, strongest, &post);
        })?;
        for (number, (tally, problem)) in (0..).zip(counted.tallies.iter_mut().zip(problems)) {
            let best = std::mem::take(&mut tally.best).into_sorted();
            let language = problem.signature.language;
            let name = of_name(&problem.name, language, vocabulary);
            let said = best.iter().map(|Fitting { stems, .. }| {
                Said::new(membership.speaking(language, stems, number), stems, &name)
            });
            let order = most_typical(&said.collect::<Vec<_>>());
            tally.typical = order.into_iter().map(|at| best[at].place).collect();
        }
        Ok(counted)
    }

    /// The theme of most posts of a problem, if it is one of the terms that tell most about it: a letter of a page has a
    /// word of every theme.
    pub(super) fn theme(&self, signature: &Signature, tally: &Tally) -> Option<String> {
        let all = self.languages.get(&signature.language)?;
        let telling = signature.terms.iter().take(TELLING).filter_map(|(phrase, _)| theme_of(phrase));
        telling
            .map(|at| (share(tally.having[at], tally.strongest), share(all.having[at], all.posts), at))
            .filter(|(here, all, _)| *here >= MIN_THEME_SHARE && *here >= MIN_THEME_LIFT * all)
            .map(|(here, all, at)| (here * (here / all).ln(), at))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, at)| IDS[at].to_owned())
    }
}

impl Tally {
    /// The most typical posts, of each case one.
    pub(super) fn typical_posts(
        &self,
        snapshot: &Snapshot,
        most: usize,
    ) -> Result<Vec<PostId>, InsightError> {
        let mut cases = Vec::new();
        let mut ids = Vec::new();
        for place in &self.typical {
            if ids.len() == most {
                break;
            }
            let record = snapshot.at(*place)?;
            if !cases.contains(&record.case) {
                cases.push(record.case);
                ids.push(record.post.id);
            }
        }
        Ok(ids)
    }
}

fn add(having: &mut Having, themes: u32) {
    for (at, sum) in having.iter_mut().enumerate() {
        *sum += u64::from(themes >> at & 1);
    }
}
