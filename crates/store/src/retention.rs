//! How long the journal is kept: its oldest lines go, a few with each commit that adds lines.
//!
//! A record that points at a line instead of holding the same octets (an answer as it was sent)
//! goes with that line. Time is that of the line that was added last, not of the machine, so that
//! a clock that jumps between two starts removes nothing by itself.

use rusqlite::{Connection, params};

/// Lines that one commit removes for each line that it adds, at most: the journal of a deployment
/// that shortens its retention shrinks, and no commit takes long for it.
const REMOVED_PER_ADDED_MAX: usize = 4;
/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// Removes old lines as new ones come.
pub(crate) struct Retention {
    days_max: u32,
    /// Microseconds of the oldest line, once it was looked up.
    oldest: Option<i64>,
}

impl Retention {
    pub(crate) fn new(days_max: u32) -> Self {
        Self { days_max, oldest: None }
    }

    /// Removes what is older than allowed when `added` lines were added, the last at `newest`
    /// (microseconds). Part of the open transaction.
    pub(crate) fn prune(
        &mut self,
        connection: &Connection,
        added: usize,
        newest: i64,
    ) -> rusqlite::Result<()> {
        let keep_from = newest.saturating_sub(i64::from(self.days_max).saturating_mul(DAY_MICROS));
        if self.oldest.is_some_and(|oldest| oldest >= keep_from) {
            return Ok(());
        }
        let limit = added.saturating_mul(REMOVED_PER_ADDED_MAX);
        let lines = oldest_lines(connection, limit)?;
        // Lines are nearly in the order of their times: the first that is young enough ends it.
        for (seq, at) in &lines {
            if *at >= keep_from {
                self.oldest = Some(*at);
                return Ok(());
            }
            connection
                .prepare_cached(crate::statement::RECORDS_OF_LINE_REMOVE)?
                .execute(params![seq])?;
            connection.prepare_cached(crate::statement::JOURNAL_REMOVE)?.execute(params![seq])?;
        }
        Ok(())
    }

    /// Looks the oldest line up anew, since what was removed may have been rolled back.
    pub(crate) fn forget(&mut self) {
        self.oldest = None;
    }
}

/// Number and time of the oldest lines.
fn oldest_lines(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<(i64, i64)>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut oldest = connection.prepare_cached(crate::statement::JOURNAL_OLDEST)?;
    oldest.query_map(params![limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
