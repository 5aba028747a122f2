//! What lies in a data folder beside the posts? Which version made it, who writes to it, which market it is about.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{StoreError, is_full};
use crate::model::{BrandId, Role, Watchlist};
use crate::text::{STEMMER, fold};

/// Number of the form in which posts are stored. One more with each change that an older program could not read, or
/// that gives other stems.
pub const FORMAT: u32 = 1;

const FORMAT_FILE: &str = "grouse.json";
const HOLDER_FILE: &str = "writer.json";
const MARKET_FILE: &str = "market.json";
/// The engine's own folder.
const POSTS: &str = "posts";

#[derive(Serialize, Deserialize)]
struct FormatFile {
    format: u32,
    stemmer: String,
    made_by: String,
}

/// Where the engine keeps its files.
pub(super) fn posts(folder: &Path) -> PathBuf {
    folder.join(POSTS)
}

/// Whether an index has been made in `folder`.
#[must_use]
pub fn has_index(folder: &Path) -> bool {
    folder.join(FORMAT_FILE).is_file() && posts(folder).join("meta.json").is_file()
}

/// Checks that the index in `folder` is of this program's form.
pub(super) fn check_format(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(FORMAT_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Absent(folder.to_owned()));
        }
        Err(source) => return Err(StoreError::Io { action: "read", path, source }),
    };
    let found: FormatFile = serde_json::from_slice(&text).map_err(|_| StoreError::Damaged {
        folder: folder.to_owned(),
        what: format!("{FORMAT_FILE} cannot be read"),
    })?;
    if found.format != FORMAT || found.stemmer != STEMMER {
        return Err(StoreError::OtherVersion {
            folder: folder.to_owned(),
            found: format!("format {} of version {}", found.format, found.made_by),
            wanted: format!("format {FORMAT}"),
        });
    }
    // The engine writes this file before any post: without it, the posts that are there would be passed over in silence.
    if !posts(folder).join("meta.json").exists() && has_posts(folder) {
        return Err(StoreError::Damaged {
            folder: folder.to_owned(),
            what: "posts/meta.json is missing".to_owned(),
        });
    }
    Ok(())
}

/// Whether files of posts lie in `folder`.
fn has_posts(folder: &Path) -> bool {
    fs::read_dir(posts(folder)).is_ok_and(|mut entries| {
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
    check_format(folder)?;
    let failed = |error| StoreError::of(error, folder);
    let index = tantivy::Index::open_in_dir(posts(folder)).map_err(failed)?;
    let damaged = index.validate_checksum().map_err(failed)?;
    match damaged.iter().min() {
        None => Ok(()),
        Some(path) => Err(StoreError::Damaged {
            folder: folder.to_owned(),
            what: format!("posts/{} was changed", path.display()),
        }),
    }
}

/// Makes `folder` if it is not there and writes which version made it.
pub(super) fn make(folder: &Path) -> Result<(), StoreError> {
    let path = posts(folder);
    fs::create_dir_all(&path).map_err(|source| StoreError::Io { action: "make", path, source })?;
    match check_format(folder) {
        Err(StoreError::Absent(_)) => {
            // An older program's index has no such file but has posts.
            if posts(folder).join("meta.json").exists() {
                return Err(StoreError::OtherVersion {
                    folder: folder.to_owned(),
                    found: "no format".to_owned(),
                    wanted: format!("format {FORMAT}"),
                });
            }
            let made = FormatFile {
                format: FORMAT,
                stemmer: STEMMER.to_owned(),
                made_by: env!("CARGO_PKG_VERSION").to_owned(),
            };
            write_whole(&folder.join(FORMAT_FILE), &made)
        }
        other => other,
    }
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
        for brand in &watchlist.brands {
            let known = MarketBrand {
                id: brand.id.clone(),
                name: brand.name.clone(),
                role: Some(brand.role.as_str().to_owned()),
                also: [&brand.aliases, &brand.ambiguous, &brand.handles, &brand.hashtags]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect(),
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
            });
        }
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
    pub(super) fn on_side(&self, role: Role) -> impl Iterator<Item = &BrandId> {
        self.brands
            .iter()
            .filter(move |brand| brand.role.as_deref() == Some(role.as_str()))
            .map(|brand| &brand.id)
    }
}
