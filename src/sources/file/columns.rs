//! Which column of a file is which field of a post?
//!
//! By a table of names that the usual exports give their columns, compared without case, spaces and punctuation; the
//! first name of a field that the file has wins, and every column that is nobody's is kept as an attribute. To teach a
//! name, add it to its row in `names`, the surer the further to the left.

use std::fmt;
use std::str::FromStr;

use crate::model::SourceId;

/// What a column may fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PostField {
    /// The id at the source.
    Id,
    /// What was written.
    Text,
    /// Headline.
    Title,
    /// When it was written.
    Created,
    /// The account: its handle or number.
    Author,
    /// The account's name for display.
    AuthorName,
    /// The source's language tag.
    Lang,
    /// Stars or points.
    Rating,
    /// Followers or spreads.
    Reach,
    /// Where a person can read it.
    Url,
    /// The id of the post that this one answers.
    ReplyTo,
    /// The brand that it is about.
    Brand,
    /// post, reply, review or response.
    Kind,
    /// False where a brand wrote it.
    Inbound,
    /// Where it came from.
    Source,
    /// No field: kept as an attribute under its own name.
    Attribute,
    /// No field, and not kept.
    Skip,
}

/// A word that is not the name of a [`PostField`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a field: use one of {fields}", fields = names_of(&PostField::ALL))]
pub struct UnknownField(String);

/// A known kind of file, with its columns and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// `Tweets.csv`, tweets to US airlines.
    AirlineTweets,
    /// `twcs.csv`, threads of customers and support accounts.
    SupportThreads,
    /// The complaints of the US Consumer Financial Protection Bureau.
    Cfpb,
    /// The export of reviews for businesses.
    Trustpilot,
    /// What `grouse export` writes.
    Grouse,
}

/// A word that is not the name of a [`Preset`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a preset: use one of {presets}", presets = names_of(&Preset::ALL))]
pub struct UnknownPreset(String);

impl PostField {
    /// All fields, in the order of help texts.
    pub const ALL: [Self; 17] = [
        Self::Id,
        Self::Text,
        Self::Title,
        Self::Created,
        Self::Author,
        Self::AuthorName,
        Self::Lang,
        Self::Rating,
        Self::Reach,
        Self::Url,
        Self::ReplyTo,
        Self::Brand,
        Self::Kind,
        Self::Inbound,
        Self::Source,
        Self::Attribute,
        Self::Skip,
    ];

    /// The word for the field in `--map`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Text => "text",
            Self::Title => "title",
            Self::Created => "created",
            Self::Author => "author",
            Self::AuthorName => "author_name",
            Self::Lang => "lang",
            Self::Rating => "rating",
            Self::Reach => "reach",
            Self::Url => "url",
            Self::ReplyTo => "reply_to",
            Self::Brand => "brand",
            Self::Kind => "kind",
            Self::Inbound => "inbound",
            Self::Source => "source",
            Self::Attribute => "attribute",
            Self::Skip => "skip",
        }
    }

    /// Whether several columns may be this.
    pub(super) fn may_repeat(self) -> bool {
        matches!(self, Self::Attribute | Self::Skip)
    }

    /// The column names that mean this field, [`normal`]ised, surest first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &[
                "id",
                "tweetid",
                "postid",
                "reviewid",
                "complaintid",
                "commentid",
                "messageid",
                "statusid",
                "idstr",
                "ticketid",
                "uuid",
                "guid",
                "objectid",
                "berichtid",
            ],
            Self::Text => &[
                "text",
                "fulltext",
                "tweettext",
                "tweet",
                "body",
                "selftext",
                "content",
                "reviewtext",
                "reviewcontent",
                "reviewbody",
                "reviews",
                "review",
                "message",
                "comment",
                "commenttext",
                "posttext",
                "caption",
                "consumercomplaintnarrative",
                "complaintnarrative",
                "narrative",
                "complainttext",
                "description",
                "sentence",
                "utterance",
                "tekst",
                "bericht",
                "recensie",
                "klacht",
                "opmerking",
                "toelichting",
                "inhoud",
                "comments",
                "feedback",
                "texte",
                "nachricht",
                "commentaire",
                "avis",
                "texto",
                "testo",
            ],
            Self::Title => &[
                "title",
                "reviewtitle",
                "headline",
                "subject",
                "summary",
                "titel",
                "onderwerp",
                "kop",
                "titre",
                "betreff",
            ],
            Self::Created => &[
                "created",
                "createdat",
                "tweetcreated",
                "createdutc",
                "datereceived",
                "reviewdate",
                "reviewcreatedutc",
                "reviewcreated",
                "publishedat",
                "published",
                "publisheddate",
                "dateposted",
                "postedat",
                "posted",
                "postdate",
                "timestamp",
                "datetime",
                "date",
                "time",
                "createtime",
                "creationdate",
                "datum",
                "geplaatst",
                "geplaatstop",
                "datumtijd",
                "aangemaakt",
                "gepubliceerd",
                "at",
            ],
            Self::Author => &[
                "author",
                "authorhandle",
                "authorusername",
                "userscreenname",
                "screenname",
                "username",
                "userusername",
                "handle",
                "user",
                "account",
                "reviewer",
                "reviewerusername",
                "authorid",
                "userid",
                "reviewconsumeruserid",
                "auteur",
                "gebruiker",
                "gebruikersnaam",
                "name",
            ],
            Self::AuthorName => &[
                "authorname",
                "authordisplayname",
                "displayname",
                "reviewername",
                "reviewusername",
                "fullname",
                "naam",
                "name",
            ],
            Self::Lang => &["lang", "language", "languagecode", "reviewlanguage", "locale", "taal"],
            Self::Rating => &[
                "rating",
                "stars",
                "reviewstars",
                "reviewrating",
                "starrating",
                "ratingvalue",
                "overall",
                "sterren",
                "beoordeling",
                "waardering",
                "cijfer",
                "note",
                "score",
            ],
            Self::Reach => &[
                "reach",
                "followers",
                "followerscount",
                "followercount",
                "userfollowers",
                "userfollowerscount",
                "authorfollowers",
                "authorpublicmetricsfollowerscount",
                "volgers",
                "views",
                "retweetcount",
                "retweets",
                "publicmetricsretweetcount",
                "shares",
            ],
            Self::Url => &[
                "url",
                "link",
                "permalink",
                "posturl",
                "tweeturl",
                "reviewurl",
                "reviewlink",
                "pageurl",
                "uri",
            ],
            Self::ReplyTo => &[
                "replyto",
                "inresponsetotweetid",
                "inreplytostatusid",
                "inreplytostatusidstr",
                "inreplytotweetid",
                "inreplytoid",
                "inreplyto",
                "replytoid",
                "parentid",
                "antwoordop",
            ],
            Self::Brand => &[
                "about",
                "brand",
                "brands",
                "airline",
                "company",
                "brandname",
                "merk",
                "bedrijf",
                "aanbieder",
            ],
            Self::Kind => &["kind"],
            Self::Inbound => &["inbound"],
            Self::Source => &["source", "bron", "platform", "channel", "kanaal"],
            Self::Attribute | Self::Skip => &[],
        }
    }
}

impl FromStr for PostField {
    type Err = UnknownField;
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        let plain = normal(text);
        Self::ALL
            .into_iter()
            .find(|field| normal(field.as_str()) == plain)
            .or(match plain.as_str() {
                "about" => Some(Self::Brand),
                "date" => Some(Self::Created),
                "language" => Some(Self::Lang),
                "ignore" => Some(Self::Skip),
                _ => None,
            })
            .ok_or_else(|| UnknownField(text.chars().take(40).collect()))
    }
}

impl fmt::Display for PostField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Preset {
    /// All presets, in the order of help texts.
    pub const ALL: [Self; 5] =
        [Self::AirlineTweets, Self::SupportThreads, Self::Cfpb, Self::Trustpilot, Self::Grouse];

    /// The word for the preset in `--preset`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AirlineTweets => "airline-tweets",
            Self::SupportThreads => "support-threads",
            Self::Cfpb => "cfpb",
            Self::Trustpilot => "trustpilot",
            Self::Grouse => "grouse",
        }
    }

    /// The source that posts of such a file are from; `None` where each row says so.
    #[must_use]
    pub fn source(self) -> Option<SourceId> {
        let name = match self {
            Self::AirlineTweets | Self::SupportThreads => "twitter",
            Self::Cfpb => "cfpb",
            Self::Trustpilot => "trustpilot",
            Self::Grouse => return None,
        };
        SourceId::new(name).ok()
    }

    /// The columns of such a file, [`normal`]ised: what each fills, and whether a file without it is another kind.
    fn columns(self) -> &'static [(PostField, &'static str, bool)] {
        match self {
            Self::AirlineTweets => &[
                (PostField::Id, "tweetid", true),
                (PostField::Text, "text", true),
                (PostField::Created, "tweetcreated", true),
                (PostField::Brand, "airline", true),
                (PostField::Reach, "retweetcount", false),
                (PostField::Author, "name", false),
                (PostField::Attribute, "airlinesentiment", true),
                (PostField::Attribute, "negativereason", true),
            ],
            Self::SupportThreads => &[
                (PostField::Id, "tweetid", true),
                (PostField::Author, "authorid", true),
                (PostField::Inbound, "inbound", true),
                (PostField::Created, "createdat", true),
                (PostField::Text, "text", true),
                (PostField::ReplyTo, "inresponsetotweetid", true),
                (PostField::Attribute, "responsetweetid", true),
            ],
            Self::Cfpb => &[
                (PostField::Id, "complaintid", true),
                (PostField::Created, "datereceived", true),
                (PostField::Text, "consumercomplaintnarrative", true),
                (PostField::Brand, "company", true),
                (PostField::Attribute, "product", true),
                (PostField::Attribute, "issue", true),
            ],
            Self::Trustpilot => &[
                (PostField::Id, "reviewid", false),
                (PostField::Created, "reviewcreatedutc", false),
                (PostField::Title, "reviewtitle", true),
                (PostField::Text, "reviewcontent", true),
                (PostField::Rating, "reviewstars", true),
                (PostField::Author, "reviewconsumeruserid", false),
                (PostField::AuthorName, "reviewusername", false),
                (PostField::Lang, "reviewlanguage", false),
            ],
            Self::Grouse => &[
                (PostField::Id, "id", true),
                (PostField::Source, "source", true),
                (PostField::Kind, "kind", true),
                (PostField::Text, "text", true),
                (PostField::Title, "title", false),
                (PostField::Created, "created", false),
                (PostField::Author, "authorhandle", false),
                (PostField::Author, "author", false),
                (PostField::AuthorName, "authorname", false),
                (PostField::Lang, "lang", false),
                (PostField::ReplyTo, "replyto", false),
                (PostField::Url, "url", false),
                (PostField::Rating, "rating", false),
                (PostField::Reach, "reach", false),
                (PostField::Brand, "about", false),
                (PostField::Brand, "brands", false),
                // What was judged is judged again.
                (PostField::Skip, "mentions", false),
                (PostField::Skip, "directed", false),
                (PostField::Skip, "masked", false),
                (PostField::Skip, "highlighttext", false),
                (PostField::Skip, "highlighttitle", false),
                (PostField::Skip, "complaintverdict", false),
                (PostField::Skip, "complaintprobability", false),
                (PostField::Skip, "severity", false),
                (PostField::Skip, "intent", false),
                (PostField::Skip, "switch", false),
                (PostField::Skip, "switchfrom", false),
                (PostField::Skip, "switchto", false),
                (PostField::Skip, "target", false),
                (PostField::Skip, "sentiment", false),
                (PostField::Skip, "signals", false),
                (PostField::Skip, "evidence", false),
                (PostField::Skip, "case", false),
                (PostField::Skip, "corrected", false),
                (PostField::Skip, "route", false),
                (PostField::Skip, "problems", false),
                (PostField::Skip, "problemnames", false),
            ],
        }
    }

    /// The preset whose columns `names` are.
    pub(super) fn of(names: &[String]) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.fits(names))
    }

    /// Whether all columns are there without which a file is of another kind.
    pub(super) fn fits(self, names: &[String]) -> bool {
        let plain: Vec<String> = names.iter().map(|name| normal(name)).collect();
        self.columns().iter().all(|(_, name, is_needed)| !is_needed || plain.iter().any(|p| p == name))
    }
}

impl FromStr for Preset {
    type Err = UnknownPreset;
    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let plain = normal(text);
        Self::ALL
            .into_iter()
            .find(|preset| normal(preset.as_str()) == plain)
            .ok_or_else(|| UnknownPreset(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Decides what each column fills, but for what `--map` has decided (`taken`, by column).
pub(super) fn assign(names: &[String], preset: Option<Preset>, taken: &mut [Option<PostField>]) {
    let plain: Vec<String> = names.iter().map(|name| normal(name)).collect();
    let is_free = |taken: &[Option<PostField>], field| !taken.contains(&Some(field));
    for (field, name, _) in preset.map_or(&[] as &[_], Preset::columns) {
        if let Some(at) = plain.iter().position(|p| p == name)
            && taken.get(at) == Some(&None)
            && (field.may_repeat() || is_free(taken, *field))
            && let Some(slot) = taken.get_mut(at)
        {
            *slot = Some(*field);
        }
    }
    // The export of Grouse has its own names and no others: an attribute of it may be called `message`.
    if preset == Some(Preset::Grouse) {
        return;
    }
    for field in PostField::ALL {
        if !is_free(taken, field) {
            continue;
        }
        let found = field.names().iter().find_map(|name| {
            plain.iter().zip(taken.iter()).position(|(p, slot)| p == name && slot.is_none())
        });
        if let Some(slot) = found.and_then(|at| taken.get_mut(at)) {
            *slot = Some(field);
        }
    }
}

/// What a column that first appears far down a JSON file fills.
pub(super) fn assign_late(
    name: &str,
    preset: Option<Preset>,
    taken: &[Option<PostField>],
) -> Option<PostField> {
    let mut names: Vec<String> = vec![String::new(); taken.len()];
    names.push(name.to_owned());
    let mut slots: Vec<Option<PostField>> =
        taken.iter().map(|slot| Some(slot.unwrap_or(PostField::Attribute))).collect();
    slots.push(None);
    assign(&names, preset, &mut slots);
    slots.pop().flatten()
}

/// Whether a column name is in the table, whatever it means.
pub(super) fn is_known(name: &str) -> bool {
    let plain = normal(name);
    !plain.is_empty() && PostField::ALL.iter().any(|field| field.names().contains(&plain.as_str()))
}

/// Whether a column name says that its rows are reviews.
pub(super) fn says_review(name: &str) -> bool {
    let plain = normal(name);
    plain.contains("review") || plain.contains("recensie") || plain == "avis"
}

/// A name without case, spaces and punctuation, and without the wrappers that exports put around a whole post.
pub(super) fn normal(name: &str) -> String {
    let mut name = name.trim();
    for wrapper in ["_source.", "tweet.", "node."] {
        name = name.strip_prefix(wrapper).unwrap_or(name);
    }
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The columns under names that tell them apart: `Aspect Term`, `Aspect Term 2`, and `column 1` for one without name.
pub(super) fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for (at, name) in names.enumerate() {
        let base = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if base.is_empty() { format!("column {}", at + 1) } else { base };
        let mut name = base.clone();
        let mut number = 2;
        while !seen.insert(name.to_lowercase()) {
            name = format!("{base} {number}");
            number += 1;
        }
        out.push(name);
    }
    out
}

fn names_of<T: fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(columns: &str, expect: &str) {
        let names = distinct(columns.split(',').map(str::to_owned));
        let mut taken = vec![None; names.len()];
        assign(&names, Preset::of(&names), &mut taken);
        let found: Vec<_> = taken.iter().map(|slot| slot.map_or("-", PostField::as_str)).collect();
        assert_eq!(found.join(","), expect, "{columns}");
    }

    #[test]
    fn columns_are_recognised_by_name() {
        check("id,text,complaint,domain", "id,text,-,-");
        check("ID, Full Text ,created_at,user.screen_name,user.name", "id,text,created,author,-");
        check("Datum;x,Sterren,Recensie,Naam,Merk", "-,rating,text,author_name,brand");
        check("author_id,username,text", "-,author,text");
        check("name,text", "author,text");
        check("user,name,text", "author,author_name,text");
        check("review,text", "-,text");
        check(
            "tweet_id,airline_sentiment,negativereason,airline,retweet_count,text,tweet_created,name",
            "id,attribute,attribute,brand,reach,text,created,author",
        );
        check("id,source,kind,text,message,about,attributes.review date", "id,source,kind,text,-,brand,-");
    }

    #[test]
    fn columns_get_distinct_names() {
        let names = ["Aspect Term", "aspect  term", "", "Aspect Term 2", ""].map(str::to_owned);
        assert_eq!(
            distinct(names.into_iter()),
            ["Aspect Term", "aspect term 2", "column 3", "Aspect Term 2 2", "column 5"]
        );
    }

    #[test]
    fn words_are_read_back() {
        for field in PostField::ALL {
            assert_eq!(field.as_str().parse(), Ok(field));
        }
        for preset in Preset::ALL {
            assert_eq!(preset.as_str().parse(), Ok(preset));
        }
        assert_eq!("AuthorName".parse(), Ok(PostField::AuthorName));
        assert!("colour".parse::<PostField>().unwrap_err().to_string().contains("author_name"));
        assert!("x".parse::<Preset>().unwrap_err().to_string().contains("cfpb"));
    }
}
