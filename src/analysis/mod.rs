//! Here is a post: in which language, about whom, and what in it is private?
//!
//! Pure: the same post and watchlist give the same finding on every machine, whatever the clock says.

mod brands;
mod case;
mod cues;
pub mod learned;
mod reading;
mod route;
mod telling;

pub use brands::BrandMatcher;
pub use route::{Judged, Known, Router};

use self::case::case_of;
use self::cues::{Context, meaning};
use self::learned::{Learned, Verdict};
use self::reading::Reading;
use self::telling::keep_telling;
use crate::model::{BrandId, Finding, Judgement, Kind, Language, Mask, MaskKind, Post, Says, Watchlist};
use crate::text::language::{Prior, detect};
use crate::text::mask::mask;

/// The version of the judgements. Another one with each change after which a post may be judged otherwise: an index says
/// by which its posts were judged, and `grouse reindex` brings it the new ones.
pub const ANALYSIS: &str = "14";

/// Judges posts by one watchlist, or by none.
#[derive(Debug)]
pub struct Judge {
    brands: BrandMatcher,
    languages: Vec<Language>,
    /// What a user's labels made of the weights; without them, the weights that came with the program.
    adapted: Option<Learned>,
}

impl Judge {
    /// A judge who knows the brands and languages of `watchlist`; without one, only the brands that posts come with.
    #[must_use]
    pub fn new(watchlist: Option<&Watchlist>) -> Self {
        Self {
            brands: BrandMatcher::new(watchlist.map_or(&[], |watchlist| &watchlist.brands)),
            languages: watchlist.map_or_else(Vec::new, |watchlist| watchlist.languages.clone()),
            adapted: None,
        }
    }

    /// The same judge with weights that a user's labels corrected.
    #[must_use]
    pub fn with(self, adapted: Learned) -> Self {
        Self { adapted: Some(adapted), ..self }
    }

    /// The brand that a source calls `name`.
    #[must_use]
    pub fn brand_by_name(&self, name: &str) -> Option<BrandId> {
        self.brands.by_name(name)
    }

    /// Whether a post names a brand, is by its account or comes from its page: all that is kept of a stream of all the
    /// world's posts. Quick beside [`judge`](Judge::judge).
    #[must_use]
    pub fn names_a_brand(&self, post: &Post) -> bool {
        post.about.iter().any(|name| self.brands.by_name(name).is_some())
            || self.by_account(post).is_some()
            || !self.brands.named(post.title.as_deref(), &post.text).mentions.is_empty()
    }

    /// Judges one post. Everything after masking sees the masked text only.
    #[must_use]
    pub fn judge(&self, post: &Post) -> Finding {
        let (title, title_masks) = match &post.title {
            Some(title) => {
                let (title, masks) = masked(title);
                (Some(title), masks)
            }
            None => (None, Vec::new()),
        };
        let (text, masks) = masked(&post.text);
        let prior = Prior { tag: post.tag, expected: &self.languages };
        // A title alone may be the whole review; beside a text it adds little, and costs a copy.
        let language =
            detect(if text.trim().is_empty() { title.as_deref().unwrap_or("") } else { &text }, &prior);
        let named = self.brands.named(title.as_deref(), &text);
        let written_by = self.written_by(post);
        // An account of a brand answers, whatever the source calls it.
        let kind = if written_by.is_some() && post.kind != Kind::Review { Kind::Response } else { post.kind };
        let mut brands: Vec<_> = post.about.iter().filter_map(|name| self.brands.by_name(name)).collect();
        if brands.is_empty() {
            brands.clone_from(&named.mentions);
            if let Some(brand) = &written_by
                && post.kind != Kind::Review
                && !brands.contains(brand)
            {
                brands.push(brand.clone());
            }
        }
        brands.dedup();
        let title_reading = title.as_deref().map(|title| Reading::new(title, language));
        let reading = Reading::new(&text, language);
        let case = case_of(title_reading.as_ref(), &reading, &post.id);
        let learned = self.adapted.as_ref().unwrap_or_else(|| Learned::base());
        // What a brand writes about its own failings is no complaint.
        let is_named = is_of_a_named_brand(post, &named.mentions);
        let verdict = match &written_by {
            Some(_) => Verdict::neutral(),
            None => learned.judge(title_reading.as_ref(), &reading, language, is_named),
        };
        let meaning = meaning(&Context {
            title: title_reading.as_ref(),
            text: &reading,
            language,
            kind,
            named: &named,
            about: &brands,
            complaint: verdict.complaint.probability,
            sentiment: verdict.sentiment,
        });
        let mut evidence = verdict.evidence;
        keep_telling(&mut evidence, title_reading.as_ref(), &reading, &named, language);
        evidence.extend(meaning.evidence);
        evidence.sort_by_key(|evidence| (evidence.of, !evidence.is_in_title, evidence.start));
        let mut says = meaning.says;
        // An address or number of the desk is another channel, too, and was masked.
        if kind == Kind::Response
            && masks.iter().any(|mask| matches!(mask.kind, MaskKind::Phone | MaskKind::Email))
            && !says.contains(&Says::Private)
        {
            says.push(Says::Private);
            says.sort_unstable();
        }
        if kind == Kind::Response && is_program(post) && !says.contains(&Says::Automatic) {
            says.push(Says::Automatic);
        }
        let judgement = Judgement {
            complaint: verdict.complaint,
            severity: verdict.severity,
            intent: meaning.intent,
            switch: meaning.switch,
            sentiment: verdict.sentiment,
            target: meaning.target,
            signals: meaning.signals,
            evidence,
        };
        Finding {
            language,
            brands,
            mentions: named.mentions,
            directed: named.directed,
            written_by,
            title,
            text,
            title_masks,
            masks,
            judgement,
            case,
            says,
        }
    }

    /// The brand whose account the watchlist says an author's is.
    fn by_account(&self, post: &Post) -> Option<BrandId> {
        let author = post.author.as_ref()?;
        let known = self.brands.account(&post.source, &author.handle);
        known.or_else(|| self.brands.account(&post.source, post.attributes.get(ACCOUNT)?))
    }

    /// The brand by whose account a post was written. Where a source says that a brand wrote it, and no watchlist knows
    /// the account, the brand is called as the account.
    fn written_by(&self, post: &Post) -> Option<BrandId> {
        let handle = &post.author.as_ref()?.handle;
        self.by_account(post).or_else(|| {
            // An export shows a pseudonym in place of the account, which names no brand.
            let account = Some(handle).filter(|handle| !handle.starts_with("author-"));
            let named = post.about.first().or(account).filter(|_| post.kind == Kind::Response)?;
            self.brands.by_name(named)
        })
    }
}

/// Whether a post is judged as one that names a brand. What was taught with a title are reviews, which speak of one brand
/// whether they name it or not.
#[must_use]
pub fn is_of_a_named_brand(post: &Post, mentions: &[BrandId]) -> bool {
    !mentions.is_empty() && post.title.is_none() && post.kind != Kind::Review
}

/// Attribute that has the account's name, of authors who are known by something else.
const ACCOUNT: &str = "account";

/// Whether the source says that a program wrote a post, or the account does by its name.
fn is_program(post: &Post) -> bool {
    let is_yes = |value: &String| matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "1");
    let is_marked =
        ["bot", "is_bot", "automated"].iter().any(|name| post.attributes.get(*name).is_some_and(is_yes));
    is_marked || post.author.as_ref().is_some_and(|author| is_bot_name(&author.handle))
}

/// Whether an account says by its name that a program writes there: `kpn_bot`, `KpnBot`, `kpnchatbot`, and not `iRobot`.
fn is_bot_name(handle: &str) -> bool {
    let is_parted =
        ["_bot", "-bot", ".bot", "chatbot"].iter().any(|end| handle.to_lowercase().ends_with(end));
    let is_capital =
        handle.strip_suffix("Bot").is_some_and(|rest| rest.ends_with(|c: char| c.is_lowercase()));
    is_parted || is_capital
}

/// Masks what else the source said: the values that are words rather than one code or number, since a code is often
/// what a post is filtered by.
pub fn mask_attributes(post: &mut Post) {
    for value in post.attributes.values_mut().filter(|value| value.contains([' ', '@'])) {
        if let Some(masked) = mask(value) {
            *value = masked.text;
        }
    }
}

fn masked(text: &str) -> (String, Vec<Mask>) {
    mask(text).map_or_else(|| (text.to_owned(), Vec::new()), |masked| (masked.text, masked.masks))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::SourceId;

    fn post(title: Option<&str>, text: &str) -> Post {
        let title = title.map(str::to_owned);
        Post { title, ..Post::bare(SourceId::new("test").unwrap(), "1", text) }
    }

    /// Any bytes, or words that mean something here among signs that do.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            "(\\PC|@kpn |ziggo |KPN|niet |wachten |opgezegd |ik |#fail |lawyer |\u{202e}|e\u{301}|🙄|[0-9]{1,9}|[.?!,@]){0,60}",
        ]
    }

    proptest! {
        /// A thread remembers words of the posts that it judged, so it is asked before and after others, and so is one that
        /// judged none.
        #[test]
        fn a_finding_depends_on_the_post_alone_and_no_bytes_panic(
            title in proptest::option::of(text()),
            text in text(),
            others in vec(text(), 0..4),
        ) {
            let watchlist = Watchlist::of_names("test", &["kpn", "ziggo"]).unwrap();
            let judge = Judge::new(Some(&watchlist));
            let asked = post(title.as_deref(), &text);
            let first = judge.judge(&asked);
            for other in &others {
                drop(judge.judge(&post(None, other)));
            }
            prop_assert_eq!(&judge.judge(&asked), &first);
            let elsewhere = || Judge::new(Some(&watchlist)).judge(&asked);
            let fresh = std::thread::scope(|scope| scope.spawn(elsewhere).join());
            prop_assert_eq!(fresh.ok(), Some(first));
        }
    }

    #[test]
    fn a_bot_is_known_by_its_name() {
        for (handle, expect) in [
            ("kpn_bot", true),
            ("KpnBot", true),
            ("ziggo.chatbot", true),
            ("iRobot", false),
            ("talbot", false),
            ("bot", false),
            ("KPN", false),
        ] {
            assert_eq!(is_bot_name(handle), expect, "{handle}");
        }
    }
}
