//! What is a watchlist? A market: its brands, where to listen, what we solve, when we are open, who takes what.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Brand, BrandId, InvalidId, Language, Query, Role, SourceId, WatchlistId};

/// A market that is watched, as a file in `queries/` describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Watchlist {
    /// Named as its file.
    pub id: WatchlistId,
    /// Name for people.
    pub name: String,
    /// Why these posts are gathered, for the record of processing.
    pub purpose: String,
    /// Whom sites may write to about what is asked for it: a mail address or a page.
    pub contact: Option<String>,
    /// A made-up market, to be labelled as such wherever it is shown.
    pub is_fictional: bool,
    /// Languages that posts are expected in; a prior, not a filter.
    pub languages: Vec<Language>,
    /// In which days and weeks are counted.
    pub time_zone: TimeZone,
    /// Ours and the competitors, in the order of the file.
    pub brands: Vec<Brand>,
    /// Where to listen.
    pub sources: Vec<Listen>,
    /// What we solve, in words that people would use: problems worth a sales person's attention.
    pub solves: Vec<String>,
    /// Problems that have a name in each of several languages.
    pub translations: Vec<Translation>,
    /// When we answer.
    pub opening: Opening,
    /// Who takes which posts: the first rule that a post answers.
    pub routes: Vec<Route>,
}

/// What one problem is called in several languages, the leading one first: `lost luggage` and `koffer kwijt`.
pub type Translation = Vec<(Language, String)>;

/// One rule that sends posts to a department.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Who takes them.
    pub department: String,
    /// Which posts.
    pub when: Query,
}

/// One place to listen, read when posts are harvested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Which source.
    pub source: SourceId,
    /// Brand accounts, tags, feeds or pages there.
    pub targets: Vec<String>,
    /// What of its posts may leave this machine, where somebody decided that it is not what the site's terms say.
    pub pass_on: Option<PassOn>,
}

/// Behind a target that is listened to live, as `mastodon.social/stream`: what comes there is also in the list that the
/// target without it names.
pub const STREAM: &str = "/stream";

/// What of a source's posts may leave this machine, as a person decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassOn {
    /// Ids only, and not the posts.
    pub is_ids_only: bool,
    /// By which rule: a contract, a policy, a law.
    pub rule: String,
}

/// When a brand's desk is open, by weekday from Monday; a closed day has no hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opening {
    /// Seven entries, Monday first.
    pub days: [Option<Hours>; 7],
}

/// From opening to closing on one day, local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First moment open.
    pub from: Time,
    /// First moment closed again.
    pub until: Time,
}

impl Watchlist {
    /// A market of which nothing is known but what its brands are called.
    ///
    /// # Errors
    /// If `id` is no name of a watchlist.
    pub fn of_names(id: &str, names: &[&str]) -> Result<Self, InvalidId> {
        let mut brands: Vec<Brand> = Vec::new();
        for name in names {
            let Some(id) = BrandId::from_name(name) else { continue };
            if brands.iter().any(|brand| brand.id == id) {
                continue;
            }
            let account: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            brands.push(Brand {
                id,
                name: (*name).to_owned(),
                role: Role::Competitor,
                aliases: vec![(*name).to_owned()],
                ambiguous: Vec::new(),
                near: Vec::new(),
                never_near: Vec::new(),
                handles: vec![account.clone()],
                accounts: Vec::new(),
                guidance: None,
                hashtags: vec![account],
            });
        }
        Ok(Self {
            id: WatchlistId::new(id)?,
            name: id.to_owned(),
            purpose: String::new(),
            contact: None,
            is_fictional: false,
            languages: Vec::new(),
            time_zone: TimeZone::UTC,
            brands,
            sources: Vec::new(),
            solves: Vec::new(),
            translations: Vec::new(),
            opening: Opening::default(),
            routes: Vec::new(),
        })
    }

    /// The brand with that id.
    #[must_use]
    pub fn brand(&self, id: &BrandId) -> Option<&Brand> {
        self.brands.iter().find(|brand| brand.id == *id)
    }

    /// The brands on one side.
    pub fn brands_of(&self, role: Role) -> impl Iterator<Item = &Brand> {
        self.brands.iter().filter(move |brand| brand.role == role)
    }
}
