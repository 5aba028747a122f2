//! By which watchlists were the posts of the index judged? Their texts are kept, so that posts can be judged again.

use jiff::Timestamp;
use rusqlite::params;

use super::{State, StateError};
use crate::model::WatchlistId;

impl State {
    /// Keeps the text of a watchlist, in place of an earlier one with its id.
    pub fn keep_watchlist(&mut self, id: &WatchlistId, text: &str, now: Timestamp) -> Result<(), StateError> {
        self.said(self.database.execute(
            "INSERT INTO watchlist (id, text, kept) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET text = ?2, kept = ?3 WHERE text <> ?2",
            params![id.as_str(), text, now.to_string()],
        ))?;
        Ok(())
    }

    /// The watchlists that are kept, each with its text, by id.
    pub fn watchlists(&self) -> Result<Vec<(WatchlistId, String)>, StateError> {
        let read = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut asked = self.database.prepare("SELECT id, text FROM watchlist ORDER BY id")?;
            asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let rows = self.said(read())?;
        rows.into_iter()
            .map(|(id, text)| {
                let id = WatchlistId::new(id).map_err(|error| StateError::Damaged {
                    path: self.path.clone(),
                    what: error.to_string(),
                })?;
                Ok((id, text))
            })
            .collect()
    }
}
