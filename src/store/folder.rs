//! What lies in a data folder beside the posts? Which version made them and where they are, who writes, which market it
//! is about.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{StoreError, is_full};
use crate::model::{BrandId, Hours, Opening, Role, Translation, Watchlist};
use crate::text::{STEMMER, fold};

/// Number of the form in which posts are stored. One more with each change that an older program could not read, or
/// that gives other stems.
pub const FORMAT: u32 = 3;

const FORMAT_FILE: &str = "grouse.json";
const HOLDER_FILE: &str = "writer.json";
const MARKET_FILE: &str = "market.json";
/// Held by who writes.
const WRITER_LOCK: &str = "writer.lock";
/// Held by who makes the index anew, from beginning to end.
const REBUILD_LOCK: &str = "reindex.lock";
/// Held by who has made the index anew and waits to put it in its place: who writes for long gives way.
const TURN_LOCK: &str = "turn.lock";
/// How often who finds taken what is free in a moment looks again, and how long after each look, as whoever waits for the index does.
pub(super) const LOOKS: usize = 20;
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// The engine's own folder, as long as the index was never made anew.
const POSTS: &str = "posts";

/// What an index says of itself. Its file is replaced whole, so that form and folder of the posts change in one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    format: u32,
    stemmer: String,
    made_by: String,
    /// The oldest version of the analysis by which a post of the index was judged; none where that was not noted.
    #[serde(default)]
    pub(super) analysis: Option<String>,
    /// Name of the folder in which the posts are.
    #[serde(default = "first_posts")]
    posts: String,
}

fn first_posts() -> String {
    POSTS.to_owned()
}

impl About {
    /// The form that this program writes, with its posts in the folder named `posts`.
    pub(super) fn new(posts: &str, analysis: Option<&str>) -> Self {
        Self {
            format: FORMAT,
            stemmer: STEMMER.to_owned(),
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            analysis: analysis.map(str::to_owned),
            posts: posts.to_owned(),
        }
    }

    /// Reads what the index in `folder` says, whatever its form.
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FORMAT_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Absent(folder.to_owned()));
            }
            Err(source) => return Err(StoreError::Io { action: "read", path, source }),
        };
        let about: Self = serde_json::from_slice(&text).map_err(|_| StoreError::Damaged {
            folder: folder.to_owned(),
            what: format!("{FORMAT_FILE} cannot be read"),
        })?;
        if !is_posts(&about.posts) {
            let what = format!("{FORMAT_FILE} names a folder that is none of ours");
            return Err(StoreError::Damaged { folder: folder.to_owned(), what });
        }
        Ok(about)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        write_whole(&folder.join(FORMAT_FILE), self)
    }

    /// Where the engine keeps its files.
    pub(super) fn posts(&self, folder: &Path) -> PathBuf {
        folder.join(&self.posts)
    }

    /// A name for the folder of an index that is made anew beside this one.
    pub(super) fn next_posts(&self) -> String {
        let number = self.posts.strip_prefix("posts-").and_then(|number| number.parse::<u64>().ok());
        format!("{POSTS}-{}", number.unwrap_or(1) + 1)
    }

    /// Whether this program reads and writes the form.
    pub(super) fn is_ours(&self) -> bool {
        self.format == FORMAT && self.stemmer == STEMMER
    }

    /// Why an index of another form is not opened.
    fn refused(&self, folder: &Path) -> StoreError {
        let same_format = self.format == FORMAT;
        StoreError::OtherVersion {
            folder: folder.to_owned(),
            found: if same_format {
                format!("stemmer {} of version {}", self.stemmer, self.made_by)
            } else {
                format!("format {} of version {}", self.format, self.made_by)
            },
            wanted: if same_format { format!("stemmer {STEMMER}") } else { format!("format {FORMAT}") },
            can_reindex: self.format <= FORMAT,
        }
    }

    /// Passes an index whose posts this program can read back, to write them anew.
    pub(super) fn check_readable(&self, folder: &Path) -> Result<(), StoreError> {
        if self.format > FORMAT { Err(self.refused(folder)) } else { self.check_whole(folder) }
    }

    /// The engine writes `meta.json` before any post: without it, the posts that are there would be passed over in silence.
    fn check_whole(&self, folder: &Path) -> Result<(), StoreError> {
        let posts = self.posts(folder);
        if !posts.join("meta.json").exists() && has_posts(&posts) {
            return Err(StoreError::Damaged {
                folder: folder.to_owned(),
                what: format!("{}/meta.json is missing", self.posts),
            });
        }
        Ok(())
    }
}

/// Whether `name` is one that a folder of posts can have.
fn is_posts(name: &str) -> bool {
    name.strip_prefix(POSTS).is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('-').is_some_and(|number| number.parse::<u64>().is_ok())
    })
}

/// Whether an index has been made in `folder`.
#[must_use]
pub fn has_index(folder: &Path) -> bool {
    About::read(folder).is_ok_and(|about| about.posts(folder).join("meta.json").is_file())
}

/// Checks that the index in `folder` is of this program's form.
pub(super) fn check_format(folder: &Path) -> Result<About, StoreError> {
    let about = About::read(folder)?;
    if !about.is_ours() {
        return Err(about.refused(folder));
    }
    about.check_whole(folder)?;
    Ok(about)
}

/// Whether files of posts lie in `posts`.
fn has_posts(posts: &Path) -> bool {
    fs::read_dir(posts).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| entry.path().extension().is_some_and(|extension| extension == "store"))
        })
    })
}

/// Compares every file of the index in `folder` with the checksum that was written with it. Reads all of it.
///
/// # Errors
/// [`StoreError::Damaged`] names the first file that differs.
pub fn verify(folder: &Path) -> Result<(), StoreError> {
    let about = check_format(folder)?;
    let failed = |error| StoreError::of(error, folder);
    let index = tantivy::Index::open_in_dir(about.posts(folder)).map_err(failed)?;
    let damaged = index.validate_checksum().map_err(failed)?;
    match damaged.iter().min() {
        None => Ok(()),
        Some(path) => Err(StoreError::Damaged {
            folder: folder.to_owned(),
            what: format!("{}/{} was changed", about.posts, path.display()),
        }),
    }
}

/// Makes an index in `folder` if there is none, and returns what it says of itself.
pub(super) fn make(folder: &Path) -> Result<About, StoreError> {
    let about = match check_format(folder) {
        Err(StoreError::Absent(_)) => {
            // An older program's index has no such file but has posts.
            if folder.join(POSTS).join("meta.json").exists() {
                return Err(StoreError::OtherVersion {
                    folder: folder.to_owned(),
                    found: "no format".to_owned(),
                    wanted: format!("format {FORMAT}"),
                    can_reindex: false,
                });
            }
            let about = About::new(POSTS, None);
            make_folder(&about.posts(folder))?;
            about.write(folder)?;
            about
        }
        about => about?,
    };
    make_folder(&about.posts(folder))?;
    Ok(about)
}

/// Why the system did not do something with a file.
fn refused(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    if is_full(&source) {
        return StoreError::DiskFull;
    }
    StoreError::Io { action, path: path.to_owned(), source }
}

pub(super) fn make_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(|source| refused("make", path, source))
}

/// Removes folders of posts that no index uses: what was left by a run that made the index anew and was killed before
/// or after the old and the new changed places. For who holds the lock; a folder that is being written is left alone.
pub(super) fn remove_leftovers(folder: &Path, about: &About) {
    let leftovers = leftovers(folder, about);
    if !leftovers.is_empty() && Lock::try_take(folder, REBUILD_LOCK).is_ok_and(|lock| lock.is_some()) {
        remove(&leftovers);
    }
}

/// As [`remove_leftovers`], for who holds the right to make the index anew.
pub(super) fn remove_all_leftovers(folder: &Path, about: &About) {
    remove(&leftovers(folder, about));
}

fn leftovers(folder: &Path, about: &About) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_left = |name: Option<&str>| name.is_some_and(|name| is_posts(name) && name != about.posts);
    entries.flatten().filter(|entry| is_left(entry.file_name().to_str())).map(|entry| entry.path()).collect()
}

fn remove(folders: &[PathBuf]) {
    for folder in folders {
        // A reader that came before the change may have it open; what cannot be removed now is next time.
        let _ = fs::remove_dir_all(folder);
    }
}

/// A right that one process has at a time. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    name: &'static str,
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Not left to the end of the file: a program that is being started has it open as well until it runs.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes the right to write to the index, or says who has it.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let taken = Self::try_take(folder, WRITER_LOCK)?;
        taken.ok_or_else(|| StoreError::Locked { folder: folder.to_owned(), holder: Holder::read(folder) })
    }

    /// Takes the right to make the index anew.
    pub(super) fn to_rebuild(folder: &Path) -> Result<Self, StoreError> {
        // Who opens the index to write has it for the moment in which what is left over is taken away.
        for _ in 0..LOOKS {
            if let Some(lock) = Self::try_take(folder, REBUILD_LOCK)? {
                return Ok(lock);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Err(StoreError::Locked { folder: folder.to_owned(), holder: None })
    }

    /// Asks who writes to give way; `Writer::give_way` is what they do. Waits for others that ask for the same.
    pub(super) fn ask_for_turn(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(TURN_LOCK);
        let failed = |source: io::Error| refused("lock", &path, source);
        let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(failed(error)),
            _ => Ok(Self { name: TURN_LOCK, file }),
        }
    }

    /// Whether it is the right to write to the index.
    pub(super) fn is_to_write(&self) -> bool {
        self.name == WRITER_LOCK
    }

    /// As [`ask_for_turn`](Self::ask_for_turn), but does not wait.
    pub(super) fn try_ask_for_turn(folder: &Path) -> Result<Option<Self>, StoreError> {
        Self::try_take(folder, TURN_LOCK)
    }

    fn try_take(folder: &Path, name: &'static str) -> Result<Option<Self>, StoreError> {
        make_folder(folder)?;
        let path = folder.join(name);
        let failed = |source: io::Error| refused("lock", &path, source);
        let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { name, file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            // Where files cannot be locked, the engine's own lock remains.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(Self { name, file }))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Who writes to the index in `folder` now; `None` where nobody does, or it cannot be told.
#[must_use]
pub fn holder(folder: &Path) -> Option<Holder> {
    let is_held = folder.is_dir() && Lock::try_take(folder, WRITER_LOCK).is_ok_and(|lock| lock.is_none());
    if is_held { Holder::read(folder) } else { None }
}

/// Whether somebody waits for who writes to give way.
pub(super) fn is_turn_wanted(folder: &Path) -> bool {
    // Looked at every second: a file that is not there is not made.
    let file = File::open(folder.join(TURN_LOCK));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Makes sure that a file that was put in place stays there if the power fails.
pub(super) fn settle(folder: &Path) {
    // Not every system can do it of a folder; those that cannot need not.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Writes a file so that a reader sees the old or the new one, never a part.
fn write_whole(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let failed = |source: io::Error| {
        if is_full(&source) {
            return StoreError::DiskFull;
        }
        StoreError::Io { action: "write", path: path.to_owned(), source }
    };
    let text = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside).map_err(failed)?;
    file.write_all(&text).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

/// Who writes to an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub process: u32,
    /// What it runs, as `grouse import`.
    pub command: String,
    /// Since when, as RFC 3339.
    pub since: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (process {}, since {})", self.command, self.process, self.since)
    }
}

impl Holder {
    /// Whether it gives way to who asks for a turn, as who harvests does between two batches.
    #[must_use]
    pub fn gives_way(&self) -> bool {
        self.command.ends_with("harvest")
    }

    /// This process, running `command` since `now`.
    pub(super) fn new(command: &str, now: Timestamp) -> Self {
        Self { process: std::process::id(), command: command.to_owned(), since: format!("{now:.0}") }
    }

    /// Reads who holds the index in `folder`; `None` if it cannot be told.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(HOLDER_FILE)).ok()?).ok()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        write_whole(&folder.join(HOLDER_FILE), self)
    }

    pub(super) fn forget(folder: &Path) {
        // A stale file only names a process that is gone, and is never read without the lock being held.
        let _ = fs::remove_file(folder.join(HOLDER_FILE));
    }
}

/// What the index knows of the market it holds: gathered from the watchlists and the sources it was filled with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Name for people; empty without a watchlist.
    #[serde(default)]
    pub name: String,
    /// A made-up market.
    #[serde(default)]
    pub is_fictional: bool,
    /// IANA name of the zone in which days are counted; UTC if none.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// From opening to closing for each day from Monday, as `08:00` and `20:00`; none without a watchlist's hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<[Option<(String, String)>; 7]>,
    /// What we solve, in words that people would use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub solves: Vec<String>,
    /// What problems are called in several languages, by code, the leading one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<Translation>,
    /// Every brand that posts may be about, by id.
    #[serde(default)]
    pub brands: Vec<MarketBrand>,
}

/// A brand as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketBrand {
    /// Lasting id.
    pub id: BrandId,
    /// Name for people.
    pub name: String,
    /// `own`, `competitor`, or unknown where only a source named it.
    #[serde(default)]
    pub role: Option<String>,
    /// Other ways to write it: aliases, handles and tags. They name the brand, so they never name a problem.
    #[serde(default)]
    pub also: Vec<String>,
    /// How the house answers, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
}

impl Market {
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(MARKET_FILE);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|_| StoreError::Damaged {
                folder: folder.to_owned(),
                what: format!("{MARKET_FILE} cannot be read"),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(StoreError::Io { action: "read", path, source }),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        write_whole(&folder.join(MARKET_FILE), self)
    }

    /// Takes over what `watchlist` says.
    pub fn learn(&mut self, watchlist: &Watchlist) {
        self.name.clone_from(&watchlist.name);
        self.is_fictional = watchlist.is_fictional;
        self.time_zone = watchlist.time_zone.iana_name().map(str::to_owned);
        self.hours = (watchlist.opening != Opening::default()).then(|| {
            watchlist
                .opening
                .days
                .map(|hours| hours.map(|hours| (hours.from.to_string(), hours.until.to_string())))
        });
        self.solves.clone_from(&watchlist.solves);
        self.translations.clone_from(&watchlist.translations);
        for brand in &watchlist.brands {
            let known = MarketBrand {
                id: brand.id.clone(),
                name: brand.name.clone(),
                role: Some(brand.role.as_str().to_owned()),
                also: [&brand.aliases, &brand.ambiguous, &brand.handles, &brand.hashtags]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .chain(brand.accounts.iter().map(|account| account.handle.clone()))
                    .collect(),
                guidance: brand.guidance.clone(),
            };
            match self.brands.iter_mut().find(|other| other.id == brand.id) {
                Some(other) => *other = known,
                None => self.brands.push(known),
            }
        }
    }

    /// Takes over a brand that a source named; what a watchlist says stays.
    pub fn meet(&mut self, id: &BrandId, name: &str) {
        if self.brand(id).is_none() {
            self.brands.push(MarketBrand {
                id: id.clone(),
                name: name.to_owned(),
                role: None,
                also: Vec::new(),
                guidance: None,
            });
        }
    }

    /// When somebody answers, if the market says so.
    #[must_use]
    pub fn opening(&self) -> Option<Opening> {
        let days = self.hours.as_ref()?.each_ref().map(|hours| {
            let (from, until) = hours.as_ref()?;
            Some(Hours { from: from.parse().ok()?, until: until.parse().ok()? })
        });
        Some(Opening { days })
    }

    /// The brand with that id.
    #[must_use]
    pub fn brand(&self, id: &BrandId) -> Option<&MarketBrand> {
        self.brands.iter().find(|brand| brand.id == *id)
    }

    /// The brands that `name` means: by id or name, else by an alias, handle or tag that is one brand's only. Case, accents
    /// and punctuation do not matter.
    #[must_use]
    pub fn find(&self, name: &str) -> Vec<&BrandId> {
        let plain = |text: &str| -> String { fold(text).chars().filter(|c| c.is_alphanumeric()).collect() };
        let wanted = plain(name);
        let is_wanted = |text: &str| plain(text) == wanted;
        let by_name =
            self.brands.iter().filter(|brand| is_wanted(brand.id.as_str()) || is_wanted(&brand.name));
        let ids: Vec<&BrandId> = by_name.map(|brand| &brand.id).collect();
        if !ids.is_empty() {
            return ids;
        }
        let by_alias = self.brands.iter().filter(|brand| brand.also.iter().any(|alias| is_wanted(alias)));
        let ids: Vec<&BrandId> = by_alias.map(|brand| &brand.id).collect();
        if ids.len() == 1 { ids } else { Vec::new() }
    }

    /// The name for people of a brand's id.
    #[must_use]
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.brands.iter().find(|brand| brand.id.as_str() == id).map_or(id, |brand| &brand.name)
    }

    /// The ids of the brands on one side.
    pub fn on_side(&self, role: Role) -> impl Iterator<Item = &BrandId> {
        self.brands
            .iter()
            .filter(move |brand| brand.role.as_deref() == Some(role.as_str()))
            .map(|brand| &brand.id)
    }
}
