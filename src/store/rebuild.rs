//! How is an index made anew while others read the old one? In a folder beside it, which takes its place in one step.
//!
//! The old posts are read, written in this program's form, and made durable; then one small file that names the folder is
//! replaced. A crash before that leaves the old index, a crash after it the new one, and the next writer clears away what is
//! left of the other. Readers notice the change at their next question, and those in the middle of one keep what they have open.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tantivy::{Index, ReloadPolicy};

use super::error::StoreError;
use super::folder::{self, About, Holder, Lock, Market};
use super::record::{Prepared, Preparer};
use super::records::{Earlier, Records};
use super::tokenizer;
use super::writer::{Writer, WriterConfig};

/// An index that is being made anew. While it lives, nobody else can write.
#[derive(Debug)]
pub struct Rebuild {
    folder: PathBuf,
    old: Records,
    about: About,
    writer: Writer,
}

impl Rebuild {
    /// Begins to make the index in `folder` anew. `command` says who writes, for others who are turned away; `now` marks
    /// the run.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process writes, [`StoreError::OtherVersion`] if this program cannot read the posts.
    pub fn begin(
        folder: &Path,
        command: &str,
        now: Timestamp,
        config: WriterConfig,
    ) -> Result<Self, StoreError> {
        // Asked first, so that no folder is made where there is no index.
        About::read(folder)?;
        let lock = Lock::take(folder)?;
        let old_about = About::read(folder)?;
        old_about.check_readable(folder)?;
        let old = open(folder, &old_about)?;
        folder::remove_leftovers(folder, &old_about);
        Holder::new(command, now).write(folder)?;
        let about = About::new(&old_about.next_posts(), None);
        folder::make_folder(&about.posts(folder))?;
        let writer = Writer::at(folder, about.clone(), lock, now, config)?;
        Ok(Self { folder: folder.to_owned(), old, about, writer })
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many posts there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.old.total()
    }

    /// The posts of the old index, each with what is kept beside it. Each is to be [put](Rebuild::put) once.
    pub fn records(&self) -> Records {
        self.old.again()
    }

    /// Returns what makes, on any thread, one that makes posts ready.
    pub fn preparer_of(&self) -> impl Fn() -> Preparer + Sync + use<> {
        self.writer.preparer_of()
    }

    /// What the index knows of its market so far.
    pub fn market(&self) -> Result<Market, StoreError> {
        self.writer.market()
    }

    /// Writes one post.
    pub fn put(&mut self, prepared: Prepared, earlier: &Earlier) -> Result<(), StoreError> {
        self.writer.put_new(prepared, earlier)
    }

    /// Puts the new index in the place of the old one. Its posts were judged by `analysis`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it would not hold as many posts as the old one: then the old one stays.
    pub fn finish(mut self, market: &Market, analysis: &str) -> Result<(), StoreError> {
        self.writer.commit(market)?;
        let (old, new) = (self.old.total(), self.writer.records().total());
        if old != new {
            let what = format!("it says that it has {old} posts, and {new} were read");
            return Err(StoreError::Damaged { folder: self.folder, what });
        }
        let _lock = self.writer.ended()?;
        self.about.analysis = Some(analysis.to_owned());
        self.about.write(&self.folder)?;
        folder::settle(&self.folder);
        drop(self.old);
        folder::remove_leftovers(&self.folder, &self.about);
        Ok(())
    }
}

/// Opens the posts of an index of whatever form for reading.
fn open(folder: &Path, about: &About) -> Result<Records, StoreError> {
    let failed = |error| StoreError::of(error, folder);
    let index = Index::open_in_dir(about.posts(folder)).map_err(failed)?;
    tokenizer::register(&index);
    let post = index.schema().get_field("post").map_err(failed)?;
    let reader: tantivy::IndexReader =
        index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
    Ok(Records::new(reader.searcher(), post, folder.to_owned()))
}
