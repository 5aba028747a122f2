//! How does each site want to be asked, and how does its answer read?
//!
//! Everything here is bytes in, posts out: nothing opens a file or a connection. A site is one file that says what it
//! needs, costs, allows and forbids as data, how it is asked, and how its answer reads. `harvest/` does the asking.
//!
//! To add a site: copy `nhtsa.rs`, name it in two lines below, and put one recorded answer into `tests/fixtures/`; ARCHITECTURE.md
//! goes through it. `tests/it/sources.rs` holds every site to the same contract.

mod appstore;
mod bluesky;
mod cfpb;
mod discourse;
mod github;
mod hackernews;
mod lemmy;
mod mastodon;
mod nhtsa;
mod reddit;
mod rss;
mod stackexchange;
mod trustpilot;
mod x;
mod youtube;

mod answers;
mod compliance;
pub mod file;
mod loose;
mod opt_outs;
mod page;
mod plan;
mod recheck;
mod terms;
mod text;
mod webhook;

pub use self::answers::{Answers, AnswersRules};
pub use self::compliance::{Compliance, ComplianceRules, HowFar};
pub use self::opt_outs::OptOuts;
pub use self::page::{Answer, Auth, Body, Page, ParseError, Reject, Request, SignIn, SignInForm};
pub use self::plan::{Ask, Question, Skipped, place, questions};
pub use self::recheck::{Recheck, RecheckRules, Rechecked};
pub use self::terms::{Terms, terms};
pub use self::webhook::{MAX_POSTS, WEBHOOK, read_pushed};

use std::time::Duration;

/// Every site that can be asked, by name.
pub const ALL: &[&dyn Source] = &[
    &appstore::AppStore,
    &bluesky::Bluesky,
    &cfpb::Cfpb,
    &discourse::Discourse,
    &github::GitHub,
    &hackernews::HackerNews,
    &lemmy::Lemmy,
    &mastodon::Mastodon,
    &nhtsa::Nhtsa,
    &reddit::Reddit,
    &rss::Rss,
    &stackexchange::StackExchange,
    &trustpilot::Trustpilot,
    &x::X,
    &youtube::YouTube,
];

/// A site that can be asked for what people say.
pub trait Source: Sync {
    /// What the site needs, costs, allows and forbids.
    fn about(&self) -> &'static About;

    /// The request that asks for one page.
    fn request(&self, ask: &Ask<'_>) -> Request;

    /// The WebSocket that brings what answers a question from `mark` on; `None` if the question has none. Its messages are
    /// read by [`parse`](Source::parse), one on each line.
    fn live(&self, _question: &Question, _mark: Option<&str>) -> Option<Request> {
        None
    }

    /// Whether all that is said at a place is read, and no words are asked for: as the new posts of a group.
    fn is_read_whole(&self, _place: &str) -> bool {
        false
    }

    /// What to write instead of a target that the site cannot be asked for, where the form of its targets is known.
    fn remedy(&self, _target: &str) -> Option<&'static str> {
        None
    }

    /// How the site is asked what became of posts; `None` if it cannot be.
    fn recheck(&self) -> Option<&'static dyn Recheck> {
        None
    }

    /// How the site is given all ids that are had, to say which must go; `None` if it takes none.
    fn compliance(&self) -> Option<&'static dyn Compliance> {
        None
    }

    /// How the site is asked which authors do not want to be shown, where its live stream does not tell; `None` if nothing is
    /// to be asked.
    fn opt_outs(&self) -> Option<&'static dyn OptOuts> {
        None
    }

    /// How the site is asked what was answered to posts; `None` if it cannot be, or tells by itself.
    fn answers(&self) -> Option<&'static dyn Answers> {
        None
    }

    /// US dollars that one page costs at most.
    fn most_dollars(&self) -> f64 {
        0.0
    }

    /// A request that costs nothing and is refused to who may not ask, of a site whose answers cost money.
    fn trial(&self) -> Option<Request> {
        None
    }

    /// How long the site wants to be left alone, where the body of a refusal says that too much was asked, and not its
    /// status.
    fn limit(&self, _refusal: &Answer<'_>) -> Option<Duration> {
        None
    }

    /// Whether a refusal says that the credentials are not taken, where its status says something else.
    fn refuses_key(&self, _refusal: &Answer<'_>) -> bool {
        false
    }

    /// Reads the answer to [`request`](Source::request). What cannot be read becomes a [`Reject`], and the rest is kept.
    ///
    /// # Errors
    /// If nothing of the answer can be read: it is no answer of this site, and never an empty one.
    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError>;
}

/// The place of a question that is a stream of all the site's posts, of which only those that name a brand are kept.
pub const LIVE: &str = "live";

/// Behind a place that is asked for tags: its search is asked for words instead.
pub const SEARCH: &str = "/search";

/// The site of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Source> {
    ALL.iter().copied().find(|source| source.about().name == name)
}

/// Other names that files have for sites whose answers are not seen.
const FILES_WITHOUT_ANSWERS: [&str; 5] = ["app-store", "apple-app-store", "itunes", "feed", "atom"];

/// Whether a brand's answer could be seen at the source of that name at all. Where it could not, nothing is ever unanswered.
#[must_use]
pub fn shows_answers(name: &str) -> bool {
    match by_name(name) {
        Some(source) => source.about().replies != Replies::Hidden,
        None => !FILES_WITHOUT_ANSWERS.contains(&name),
    }
}

/// What is to be known of a site before it is asked. All of it is shown by `grouse sources`.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Names the source, as its file is named and as watchlists name it.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Environment variables that hold what the site wants to see first. Empty: it works without any set-up.
    pub needs: &'static [&'static str],
    /// Hosts that are sent credentials. Empty: there are none, or each names its host itself.
    pub keys_go_to: &'static [&'static str],
    /// What asking costs, in plain words.
    pub costs: &'static str,
    /// US dollars for each post that is read. 0: it costs nothing.
    pub dollars_per_post: f64,
    /// What may be done with the posts, in plain words.
    pub allows: &'static str,
    /// What may not, in plain words.
    pub forbids: &'static str,
    /// How is noticed what was deleted there, and what cannot be, in plain words.
    pub notices: &'static str,
    /// What a watchlist's `targets` mean here, and what is asked where there are none.
    pub asks: Asks,
    /// In which order pages come.
    pub order: Order,
    /// Least time between two requests to one host of the site.
    pub pace: Duration,
    /// Usual time between two runs.
    pub every: Duration,
    /// Whether the site can show a brand's replies. Those that cannot are left out of response times by name.
    pub replies: Replies,
    /// What may leave this machine.
    pub passing_on: PassingOn,
    /// Hosts whose robots rules are asked first: feeds and pages. Programs' interfaces have their own terms instead.
    pub heeds_robots: bool,
}

/// What a site is asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asks {
    /// Words, in the site's own syntax, at each place (an instance, a forum, a group) if it has places.
    Words(Syntax, Places),
    /// One tag at a time, at each place; and words in the site's own syntax at places that end in [`SEARCH`].
    Tags(Syntax, Places),
    /// The brands' names, one at a time.
    Names,
    /// Only what the watchlist names, as a feed's address.
    Targets,
}

/// What a watchlist's `targets` are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Places {
    /// Places to ask at; where the watchlist names none, this one. Empty: it must name one.
    At(&'static str),
    /// The site is one place: targets are words or tags to ask for, instead of those of the brands.
    One,
}

/// How a site writes a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Syntax {
    /// Longest question, in characters.
    pub max_chars: usize,
    /// Most words and phrases in one.
    pub max_terms: usize,
    /// What stands between alternatives. `None`: one word or phrase for each question.
    pub or: Option<&'static str>,
    /// The site understands brackets, so that a word with several meanings can be asked for with its context.
    pub groups: bool,
    /// What stands before an account's name. `None`: accounts are not asked for.
    pub handle: Option<&'static str>,
    /// What stands before an account whose own posts are asked for: what brands answer names no brand. `None`: they are not.
    pub from: Option<&'static str>,
    /// What stands before a tag. `None`: tags are not asked for.
    pub tag: Option<&'static str>,
    /// What stands between words that must all be there.
    pub and: &'static str,
    /// What stands before a word that must not be there. `None`: it cannot be said.
    pub not: Option<&'static str>,
    /// What stands before a language's code. `None`: it cannot be said.
    pub language: Option<&'static str>,
    /// What is added to each question, as ` -is:retweet`.
    pub suffix: &'static str,
}

impl Syntax {
    /// A site that takes one word or phrase at a time.
    pub const PLAIN: Self = Self {
        max_chars: 500,
        max_terms: 1,
        or: None,
        groups: false,
        handle: None,
        from: None,
        tag: None,
        and: " ",
        not: None,
        language: None,
        suffix: "",
    };
}

/// In which order a site gives its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Newest first, back to where the run before began. That place moves only once a walk has come to its end.
    Backward,
    /// Oldest first: each page moves the place.
    Forward,
    /// All there is, each time: what is missing was deleted there.
    Whole,
}

/// Whether a site shows what a brand replied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replies {
    /// Replies are posts with a time.
    Shown,
    /// That there was one, without a time.
    WithoutTime,
    /// It does not show them.
    Hidden,
}

/// What may leave this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassingOn {
    /// The posts.
    Posts,
    /// Their ids only, by a rule of the site.
    IdsOnly {
        /// What the rule is called, and what it says.
        rule: &'static str,
        /// Where it is written.
        link: &'static str,
    },
}
