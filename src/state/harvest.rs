//! Where did harvesting stop, and how is each source? Places, health, spans that are covered, money spent.
//!
//! What a page brought is in the index before its place is written here: a crash between the two costs a page that is
//! asked for again, and its posts are known by id.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::{State, StateError};
use crate::model::{PostId, SourceId, WatchlistId};

/// One question to one source for one watchlist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// For which watchlist.
    pub watchlist: WatchlistId,
    /// Which source.
    pub source: SourceId,
    /// Where at the source, as an instance, a forum, a feed's address. Empty where the source is one place.
    pub place: String,
    /// What is asked there. Empty: all there is.
    pub query: String,
}

/// The place of a stream that asks again for posts that are had.
pub const RECHECK: &str = "recheck";

/// The place of a stream that asks for what was answered to posts that are had.
pub const ANSWERS: &str = "answers";

/// The place of a stream that has a site say of all posts that are had which must go.
pub const COMPLIANCE: &str = "compliance";

/// How far a stream has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The newest place that was had when all before it was had, in the source's own words.
    pub mark: Option<String>,
    /// The newest place of the walk that is under way.
    pub top: Option<String>,
    /// The page that the walk under way goes on with.
    pub next: Option<String>,
    /// When the walk under way began.
    pub began: Option<Timestamp>,
    /// The walk under way goes back to this moment, whatever is had already.
    pub back_to: Option<Timestamp>,
    /// The walk under way has come back to this moment.
    pub reached: Option<Timestamp>,
    /// When the last walk that came to its end began: all before it was had.
    pub had: Option<Timestamp>,
    /// Number of the walk, of sources that show all there is each time.
    pub walk: i64,
    /// `ETag` of the last answer, where one page is all.
    pub etag: Option<String>,
    /// `Last-Modified` of it.
    pub last_modified: Option<String>,
    /// Where the address is for good now.
    pub moved: Option<String>,
}

/// How a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Health {
    /// It answers.
    #[default]
    Ok,
    /// It was to be asked and could not be reached.
    Late,
    /// It answered all it may for now.
    Limited,
    /// What asking costs this month was spent.
    Spent,
    /// It refuses us: a 403, or a web page instead of data.
    Blocked,
    /// It wants credentials that are not there, or refused those that are.
    NoCredentials,
    /// What was asked for is no longer there.
    Gone,
    /// Its answer cannot be read: the source needs work.
    Unreadable,
}

impl Health {
    /// All, from well to ill.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Late,
        Self::Limited,
        Self::Spent,
        Self::Blocked,
        Self::NoCredentials,
        Self::Gone,
        Self::Unreadable,
    ];

    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Late => "late",
            Self::Limited => "limited",
            Self::Spent => "spent",
            Self::Blocked => "blocked",
            Self::NoCredentials => "no credentials",
            Self::Gone => "gone",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How a stream stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// How it is.
    pub health: Health,
    /// Why, where it is not well; without anybody's words.
    pub why: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// When it was asked last.
    pub asked: Option<Timestamp>,
    /// When it answered last.
    pub answered: Option<Timestamp>,
    /// When it is asked next.
    pub due: Option<Timestamp>,
    /// Posts that it gave, counted each time that they came.
    pub posts: u64,
    /// Items that could not be read.
    pub rejects: u64,
    /// When its newest post was written.
    pub newest: Option<Timestamp>,
    /// Usual seconds between two posts, as a moving mean.
    pub rhythm: Option<f64>,
    /// Requests that the site said were left.
    pub quota: Option<u64>,
}

impl Standing {
    /// Notes when posts that came together were written.
    pub fn note(&mut self, dates: impl Iterator<Item = Timestamp>) {
        let dates: Vec<i64> = dates.map(Timestamp::as_second).collect();
        let (Some(oldest), Some(newest)) = (dates.iter().min(), dates.iter().max()) else { return };
        self.newest = self.newest.max(Timestamp::from_second(*newest).ok());
        if dates.len() > 1 {
            self.beat((newest - oldest) as f64 / (dates.len() - 1) as f64);
        }
    }

    /// Notes that so many seconds lay between two posts.
    pub fn beat(&mut self, gap: f64) {
        self.rhythm = Some(self.rhythm.map_or(gap, |usual| 0.7 * usual + 0.3 * gap));
    }
}

/// A span of time of which a stream has all posts that it can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// From.
    pub from: Timestamp,
    /// Until, exclusive.
    pub until: Timestamp,
}

/// What to keep of one page, once its posts are in the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Whose.
    pub stream: Stream,
    /// How far it has come.
    pub progress: Progress,
    /// How it stands.
    pub standing: Standing,
    /// A span that is covered from now on.
    pub covered: Option<Covered>,
    /// US dollars that the page cost.
    pub dollars: f64,
    /// Ids that the page had, of sources that show all there is each time.
    pub seen: Vec<PostId>,
}

impl State {
    /// Says that of some watchlists just these streams are asked from now on. What was asked before and is no more is told of no
    /// longer: a question that was mended is not ill for ever. Where it stopped is kept, in case it is asked again.
    pub fn ask_only(&mut self, watchlists: &[&WatchlistId], streams: &[&Stream]) -> Result<(), StateError> {
        let mut write = || {
            let change = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for watchlist in watchlists {
                change.execute(
                    "UPDATE stream SET is_retired = 1 WHERE watchlist = ?1 AND source <> 'webhook'",
                    [watchlist.as_str()],
                )?;
            }
            for stream in streams {
                change.execute(
                    "UPDATE stream SET is_retired = 0 WHERE watchlist = ?1 AND source = ?2 AND place = ?3 AND query = ?4",
                    params![stream.watchlist.as_str(), stream.source.as_str(), stream.place, stream.query],
                )?;
            }
            change.commit()
        };
        let result = write();
        self.said(result)
    }

    /// All streams that were ever asked and still are, in a lasting order, but those that ask about what is had:
    /// [`rechecks`](State::rechecks), [`answers`](State::answers) and [`compliance`](State::compliance).
    pub fn streams(&self) -> Result<Vec<(Stream, Progress, Standing)>, StateError> {
        self.streams_where(&format!("place NOT IN ('{RECHECK}', '{ANSWERS}', '{COMPLIANCE}')"))
    }

    /// The streams that ask again for posts that are had.
    pub fn rechecks(&self) -> Result<Vec<(Stream, Progress, Standing)>, StateError> {
        self.streams_where(&format!("place = '{RECHECK}'"))
    }

    /// The streams that ask for what was answered to posts that are had.
    pub fn answers(&self) -> Result<Vec<(Stream, Progress, Standing)>, StateError> {
        self.streams_where(&format!("place = '{ANSWERS}'"))
    }

    /// The streams that have sites say of all that is had what must go.
    pub fn compliance(&self) -> Result<Vec<(Stream, Progress, Standing)>, StateError> {
        self.streams_where(&format!("place = '{COMPLIANCE}'"))
    }

    fn streams_where(&self, rule: &str) -> Result<Vec<(Stream, Progress, Standing)>, StateError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut asked = self.database.prepare(&format!(
                "SELECT watchlist, source, place, query, {COLUMNS} FROM stream WHERE is_retired = 0 AND {rule} ORDER BY watchlist, source, place, query"
            ))?;
            let rows = asked.query_map([], |row| {
                let names: (String, String, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((names, held(row, 4)?))
            })?;
            rows.collect()
        };
        let rows = self.said(read())?;
        rows.into_iter()
            .map(|((watchlist, source, place, query), (progress, standing))| {
                let damaged = |what: String| StateError::Damaged { path: self.path.clone(), what };
                let stream = Stream {
                    watchlist: WatchlistId::new(watchlist).map_err(|error| damaged(error.to_string()))?,
                    source: SourceId::new(source).map_err(|error| damaged(error.to_string()))?,
                    place,
                    query,
                };
                Ok((stream, progress, standing))
            })
            .collect()
    }

    /// How far one stream has come, and how it stands; the beginning if it was never asked.
    pub fn stream(&self, stream: &Stream) -> Result<(Progress, Standing), StateError> {
        let asked = self.database.query_row(
            &format!(
                "SELECT {COLUMNS} FROM stream WHERE watchlist = ?1 AND source = ?2 AND place = ?3 AND query = ?4"
            ),
            params![stream.watchlist.as_str(), stream.source.as_str(), stream.place, stream.query],
            |row| held(row, 0),
        );
        Ok(self.said(asked.optional())?.unwrap_or_default())
    }

    /// Keeps what came of several pages, all of it or nothing.
    pub fn keep_steps(&mut self, steps: &[Step], now: Timestamp) -> Result<(), StateError> {
        let mut write = || {
            let change = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for step in steps {
                keep(&change, step, now)?;
            }
            change.commit()
        };
        let result = write();
        self.said(result)
    }

    /// The spans that are covered, of one source or of all, in order. Streams of one source each have their own.
    pub fn covered(&self, source: Option<&SourceId>) -> Result<Vec<(Stream, Covered)>, StateError> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut asked = self.database.prepare(
                "SELECT watchlist, source, place, query, since, until FROM covered
                 WHERE ?1 IS NULL OR source = ?1 ORDER BY watchlist, source, place, query, since",
            )?;
            let rows = asked.query_map([source.map(SourceId::as_str)], |row| {
                let names: (String, String, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((names, row.get::<_, i64>(4)?, row.get::<_, i64>(5)?))
            })?;
            rows.collect()
        };
        let rows = self.said(read())?;
        Ok(rows
            .into_iter()
            .filter_map(|((watchlist, source, place, query), from, until)| {
                let stream = Stream {
                    watchlist: WatchlistId::new(watchlist).ok()?,
                    source: SourceId::new(source).ok()?,
                    place,
                    query,
                };
                let moment = |seconds| Timestamp::from_second(seconds).ok();
                Some((stream, Covered { from: moment(from)?, until: moment(until)? }))
            })
            .collect())
    }

    /// Until when each source that was ever harvested was read, by any of its streams.
    pub fn read_until(&self) -> Result<BTreeMap<String, Timestamp>, StateError> {
        let read = || -> rusqlite::Result<Vec<(String, i64)>> {
            let mut asked = self
                .database
                .prepare("SELECT source, max(until) FROM covered GROUP BY source ORDER BY source")?;
            asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let rows = self.said(read())?;
        Ok(rows
            .into_iter()
            .filter_map(|(source, until)| Some((source, Timestamp::from_second(until).ok()?)))
            .collect())
    }

    /// US dollars that a source cost in the month of `now`, which is a month of UTC.
    pub fn spent(&self, source: &SourceId, now: Timestamp) -> Result<f64, StateError> {
        let asked = self.database.query_row(
            "SELECT dollars FROM spent WHERE source = ?1 AND month = ?2",
            params![source.as_str(), month(now)],
            |row| row.get(0),
        );
        Ok(self.said(asked.optional())?.unwrap_or(0.0))
    }

    /// Ids that a stream showed before walk number `walk` and not in it.
    pub fn unseen(&self, stream: &Stream, walk: i64) -> Result<Vec<PostId>, StateError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut asked = self.database.prepare(
                "SELECT post FROM seen WHERE watchlist = ?1 AND source = ?2 AND place = ?3 AND query = ?4 AND walk < ?5",
            )?;
            let names =
                params![stream.watchlist.as_str(), stream.source.as_str(), stream.place, stream.query, walk];
            asked.query_map(names, |row| row.get(0))?.collect()
        };
        Ok(self.said(read())?.into_iter().filter_map(|id| PostId::new(id).ok()).collect())
    }

    /// Forgets ids that a stream showed before walk number `walk` and not in it, once they are deleted.
    pub fn forget_unseen(&mut self, stream: &Stream, walk: i64) -> Result<(), StateError> {
        let result = self.database.execute(
            "DELETE FROM seen WHERE watchlist = ?1 AND source = ?2 AND place = ?3 AND query = ?4 AND walk < ?5",
            params![stream.watchlist.as_str(), stream.source.as_str(), stream.place, stream.query, walk],
        );
        self.said(result).map(drop)
    }
}

const COLUMNS: &str = "mark, top, next, began, back_to, reached, had, walk, etag, last_modified, moved,
    health, why, failures, asked, answered, due, posts, rejects, newest, rhythm, quota";

/// Reads the columns of [`COLUMNS`] from column `at` on.
fn held(row: &Row<'_>, at: usize) -> rusqlite::Result<(Progress, Standing)> {
    let moment = |column: usize| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<String>>(at + column)?.and_then(|text| text.parse().ok()))
    };
    let health: String = row.get(at + 11)?;
    let progress = Progress {
        mark: row.get(at)?,
        top: row.get(at + 1)?,
        next: row.get(at + 2)?,
        began: moment(3)?,
        back_to: moment(4)?,
        reached: moment(5)?,
        had: moment(6)?,
        walk: row.get(at + 7)?,
        etag: row.get(at + 8)?,
        last_modified: row.get(at + 9)?,
        moved: row.get(at + 10)?,
    };
    let standing = Standing {
        health: Health::ALL.into_iter().find(|known| known.as_str() == health).unwrap_or_default(),
        why: row.get(at + 12)?,
        failures: row.get(at + 13)?,
        asked: moment(14)?,
        answered: moment(15)?,
        due: moment(16)?,
        posts: row.get::<_, i64>(at + 17)?.try_into().unwrap_or(0),
        rejects: row.get::<_, i64>(at + 18)?.try_into().unwrap_or(0),
        newest: moment(19)?,
        rhythm: row.get(at + 20)?,
        quota: row.get::<_, Option<i64>>(at + 21)?.and_then(|left| left.try_into().ok()),
    };
    Ok((progress, standing))
}

fn keep(change: &rusqlite::Transaction<'_>, step: &Step, now: Timestamp) -> rusqlite::Result<()> {
    let Step { stream, progress, standing, covered, dollars, seen } = step;
    let names = [stream.watchlist.as_str(), stream.source.as_str(), &stream.place, &stream.query];
    let text = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    change
        .prepare(&format!(
            "INSERT OR REPLACE INTO stream (watchlist, source, place, query, {COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                     ?22, ?23, ?24, ?25, ?26)"
        ))?
        .execute(params![
            names[0],
            names[1],
            names[2],
            names[3],
            progress.mark,
            progress.top,
            progress.next,
            text(progress.began),
            text(progress.back_to),
            text(progress.reached),
            text(progress.had),
            progress.walk,
            progress.etag,
            progress.last_modified,
            progress.moved,
            standing.health.as_str(),
            standing.why,
            standing.failures,
            text(standing.asked),
            text(standing.answered),
            text(standing.due),
            count(standing.posts),
            count(standing.rejects),
            text(standing.newest),
            standing.rhythm,
            standing.quota.map(count),
        ])?;
    if let Some(covered) = covered {
        cover(change, names, *covered)?;
    }
    if *dollars > 0.0 {
        change.execute(
            "INSERT INTO spent (source, month, dollars) VALUES (?1, ?2, ?3)
             ON CONFLICT (source, month) DO UPDATE SET dollars = dollars + ?3",
            params![names[1], month(now), dollars],
        )?;
    }
    let mut insert = change.prepare(
        "INSERT INTO seen (watchlist, source, place, query, post, walk) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (watchlist, source, place, query, post) DO UPDATE SET walk = ?6",
    )?;
    for post in seen {
        insert.execute(params![names[0], names[1], names[2], names[3], post.as_str(), progress.walk])?;
    }
    Ok(())
}

/// Adds a span, and makes one of it and all that it touches.
fn cover(change: &rusqlite::Transaction<'_>, names: [&str; 4], covered: Covered) -> rusqlite::Result<()> {
    let (mut from, mut until) = (covered.from.as_second(), covered.until.as_second());
    if from >= until {
        return Ok(());
    }
    let touched: (Option<i64>, Option<i64>) = change.query_row(
        "SELECT min(since), max(until) FROM covered WHERE watchlist = ?1 AND source = ?2 AND place = ?3 AND query = ?4
         AND since <= ?6 AND until >= ?5",
        params![names[0], names[1], names[2], names[3], from, until],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    change.execute(
        "DELETE FROM covered WHERE watchlist = ?1 AND source = ?2 AND place = ?3 AND query = ?4
         AND since <= ?6 AND until >= ?5",
        params![names[0], names[1], names[2], names[3], from, until],
    )?;
    from = touched.0.map_or(from, |other| other.min(from));
    until = touched.1.map_or(until, |other| other.max(until));
    change.execute(
        "INSERT INTO covered (watchlist, source, place, query, since, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![names[0], names[1], names[2], names[3], from, until],
    )?;
    Ok(())
}

fn month(now: Timestamp) -> String {
    now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn step(covered: Option<(&str, &str)>, dollars: f64) -> Step {
        Step {
            stream: Stream {
                watchlist: WatchlistId::new("market").unwrap(),
                source: SourceId::new("x").unwrap(),
                place: String::new(),
                query: "\"lost bag\"".to_owned(),
            },
            progress: Progress { mark: Some("7".to_owned()), walk: 3, ..Progress::default() },
            standing: Standing {
                health: Health::Limited,
                posts: 9,
                rhythm: Some(1.5),
                ..Standing::default()
            },
            covered: covered.map(|(from, until)| Covered { from: moment(from), until: moment(until) }),
            dollars,
            seen: vec![PostId::new("x:1").unwrap()],
        }
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let now = moment("2026-03-31T12:00:00Z");
        let first = step(None, 0.5);
        let mut state = State::open(folder.path()).unwrap();
        assert_eq!(state.stream(&first.stream).unwrap(), (Progress::default(), Standing::default()));
        state.keep_steps(&[first.clone(), step(None, 0.25)], now).unwrap();
        let state = State::open(folder.path()).unwrap();
        assert_eq!(state.stream(&first.stream).unwrap(), (first.progress.clone(), first.standing.clone()));
        assert_eq!(state.streams().unwrap(), [(first.stream.clone(), first.progress, first.standing)]);
        assert!((state.spent(&first.stream.source, now).unwrap() - 0.75).abs() < 1e-9);
        let next_month = moment("2026-04-01T00:00:00Z");
        assert!(state.spent(&first.stream.source, next_month).unwrap() < 1e-9);
        assert_eq!(state.unseen(&first.stream, 3).unwrap(), []);
        assert_eq!(state.unseen(&first.stream, 4).unwrap(), [PostId::new("x:1").unwrap()]);
    }

    #[test]
    fn spans_that_touch_become_one_and_a_gap_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let spans = [
            ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
            ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"),
            ("2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z"),
        ];
        for span in spans {
            state.keep_steps(&[step(Some(span), 0.0)], moment(span.1)).unwrap();
        }
        let covered: Vec<(String, String)> = state
            .covered(None)
            .unwrap()
            .into_iter()
            .map(|(_, span)| (span.from.to_string(), span.until.to_string()))
            .collect();
        let expected = [
            ("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"),
            ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"),
        ];
        assert_eq!(covered, expected.map(|(from, until)| (from.to_owned(), until.to_owned())));
    }
}
