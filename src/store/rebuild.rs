//! How is an index made anew while others read the old one, and write to it? In a folder beside it, which takes its place in one
//! step.
//!
//! The old posts are read, written in this program's form, and made durable; then one small file that names the folder is
//! replaced. A crash before that leaves the old index, a crash after it the new one, and the next writer clears away what is
//! left of the other. Readers notice the change at their next question, and those in the middle of one keep what they have open.
//!
//! Nobody is kept from writing meanwhile. What came, changed and went is found by comparing the columns of two states of the
//! old index, and done after the rest, again and again until little is left; only then is who writes asked for a turn
//! ([`Rebuild::take_turn`]), and the last of it done while nobody else can write. An index of another form is held from the beginning:
//! whoever could write to it is another program.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::{DocId, Index, ReloadPolicy};

use super::error::StoreError;
use super::folder::{self, About, Holder, Lock, Market};
use super::record::{Prepared, Preparer, hash};
use super::records::{Earlier, Records, Stamped};
use super::tokenizer;
use super::writer::{Writer, WriterConfig};
use crate::model::PostId;

/// An index that is being made anew.
#[derive(Debug)]
pub struct Rebuild {
    folder: PathBuf,
    old_about: About,
    about: About,
    /// The state of the old index that was looked at last.
    old: Records,
    /// The posts of it that are to be written.
    left: Records,
    /// By the hash of its id, the state of each post that was looked at last.
    stamps: FxHashMap<u64, u64>,
    is_first: bool,
    writer: Writer,
    writing: Option<Lock>,
    turn: Option<Lock>,
    run: Run,
}

/// Who makes the index anew, since when, and how it uses the machine.
#[derive(Debug)]
struct Run {
    command: String,
    now: Timestamp,
    config: WriterConfig,
}

/// How often who waits for its turn looks whether it has come.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// After so many looks it says for whom it waits: those who give way do so within a few seconds.
const PATIENCE: u32 = 500;

impl Rebuild {
    /// Begins to make the index in `folder` anew. `command` says who writes, for others who are turned away; `now` marks
    /// the run.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process makes it anew, or writes to one of another form;
    /// [`StoreError::OtherVersion`] if this program cannot read the posts.
    pub fn begin(
        folder: &Path,
        command: &str,
        now: Timestamp,
        config: WriterConfig,
    ) -> Result<Self, StoreError> {
        // Asked first, so that no folder is made where there is no index.
        About::read(folder)?;
        let lock = Lock::to_rebuild(folder)?;
        let old_about = About::read(folder)?;
        old_about.check_readable(folder)?;
        let writing = if old_about.is_ours() { None } else { Some(hold(folder, command, now)?) };
        let old = open(folder, &old_about)?;
        folder::remove_all_leftovers(folder, &old_about);
        let about = About::new(&old_about.next_posts(), None);
        folder::make_folder(&about.posts(folder))?;
        let writer = Writer::at(folder, about.clone(), lock, command, now, config)?;
        let mut rebuild = Self {
            folder: folder.to_owned(),
            old_about,
            about,
            left: old.again(),
            old,
            stamps: FxHashMap::default(),
            is_first: true,
            writer,
            writing,
            turn: None,
            run: Run { command: command.to_owned(), now, config },
        };
        rebuild.note_stamps()?;
        Ok(rebuild)
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

    /// The posts of the old index that are to be written, each with what is kept beside it. Each is to be [put](Rebuild::put)
    /// once.
    pub fn records(&self) -> Records {
        self.left.again()
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
        if self.is_first {
            self.writer.put_new(prepared, earlier)
        } else {
            self.writer.put_over(prepared, earlier)
        }
    }

    /// Ends a pass over all posts. Merges end here, while others may write still; what few posts are written from now on
    /// are left as they are.
    pub fn settle(mut self) -> Result<Self, StoreError> {
        self.writer.commit_posts()?;
        let (about, run) = (self.about.clone(), &self.run);
        let lock = self.writer.ended()?;
        let mut writer = Writer::at(&self.folder, about, lock, &run.command, run.now, run.config)?;
        writer.leave_merging();
        Ok(Self { writer, is_first: false, ..self })
    }

    /// Looks again at the old index, once all that was to be written is. To be written then is what came or changed since,
    /// and the posts of `besides`. Returns how many posts that are; what is gone is taken out.
    pub fn look_again(&mut self, besides: &[PostId]) -> Result<u64, StoreError> {
        self.writer.commit_posts()?;
        if !self.old_about.is_ours() {
            // It was held from the beginning, and may have other columns.
            self.left = self.old.again().only(Vec::new());
            return Ok(0);
        }
        let before = std::mem::take(&mut self.stamps);
        self.old = open(&self.folder, &self.old_about)?;
        let besides: FxHashSet<u64> = besides.iter().map(|id| hash(id.as_str().as_bytes())).collect();
        let is_left = |id: u64, stamp: u64| before.get(&id) != Some(&stamp) || besides.contains(&id);
        let stamped = self.note_stamps()?;
        let left: Vec<Vec<DocId>> = stamped
            .iter()
            .map(|posts| {
                posts
                    .iter()
                    .filter(|(_, id, stamp)| is_left(*id, *stamp))
                    .map(|(document, ..)| *document)
                    .collect()
            })
            .collect();
        let gone: FxHashSet<u64> = before.into_keys().filter(|id| !self.stamps.contains_key(id)).collect();
        if !gone.is_empty() {
            self.writer.delete_hashes(&gone)?;
        }
        let count = left.iter().map(Vec::len).sum::<usize>() + gone.len();
        self.left = self.old.again().only(left);
        Ok(count as u64)
    }

    /// Begins again: all posts are to be written, since what they are judged by is another.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        self.writer.commit_posts()?;
        self.writer.delete_all()?;
        self.is_first = true;
        self.old = open(&self.folder, &self.old_about)?;
        self.left = self.old.again();
        self.note_stamps()?;
        Ok(())
    }

    /// Whether nobody else can write.
    #[must_use]
    pub fn has_turn(&self) -> bool {
        self.writing.is_some()
    }

    /// Asks who writes for a turn, and waits for it. `waits` is told whom for, if that takes long.
    pub fn take_turn(&mut self, mut waits: impl FnMut(Option<Holder>)) -> Result<(), StoreError> {
        if self.has_turn() {
            return Ok(());
        }
        self.turn = Some(Lock::ask_for_turn(&self.folder)?);
        let mut looks = 0;
        let lock = loop {
            match hold(&self.folder, &self.run.command, self.run.now) {
                Err(StoreError::Locked { holder, .. }) => {
                    looks += 1;
                    if looks == PATIENCE {
                        waits(holder);
                    }
                    thread::sleep(LOOK_AGAIN);
                }
                taken => break taken?,
            }
        };
        self.writing = Some(lock);
        Ok(())
    }

    /// Puts the new index in the place of the old one. Its posts were judged by `analysis`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it would not hold as many posts as the old one: then the old one stays.
    pub fn finish(mut self, market: &Market, analysis: &str) -> Result<(), StoreError> {
        self.take_turn(|_| {})?;
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
        drop((self.old, self.left));
        folder::remove_all_leftovers(&self.folder, &self.about);
        Holder::forget(&self.folder);
        Ok(())
    }

    /// Notes the state of each post of the old index.
    fn note_stamps(&mut self) -> Result<Vec<Vec<Stamped>>, StoreError> {
        if !self.old_about.is_ours() {
            return Ok(Vec::new());
        }
        let stamped = self.old.stamps().map_err(|error| StoreError::of(error, &self.folder))?;
        self.stamps = stamped.iter().flatten().map(|(_, id, stamp)| (*id, *stamp)).collect();
        Ok(stamped)
    }
}

/// Takes the right to write, and says who has it.
fn hold(folder: &Path, command: &str, now: Timestamp) -> Result<Lock, StoreError> {
    let lock = Lock::take(folder)?;
    Holder::new(command, now).write(folder)?;
    Ok(lock)
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
