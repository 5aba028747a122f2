//! What does a file of times and counts say? As programs and people write them: with a head or without, in any usual form
//! of date, with commas, semicolons or tabs.

use std::io::Read;

use anyhow::{Context, Result, anyhow, bail};

use super::output::harmless;
use crate::sources::file;

/// A second, and how many were counted there; `None` where nothing was.
pub(super) type Point = (i64, Option<u64>);

/// What a column of times is called.
const TIMES: &[&str] = &["timestamp", "time", "date", "datetime", "day", "ds", "created", "when"];

/// What a column of counts is called.
const COUNTS: &[&str] = &["value", "count", "counts", "n", "y", "mentions", "posts", "volume", "total"];

/// How programs write that there is no number.
const NO_NUMBER: &[&str] = &["", "-", "na", "n/a", "nan", "null", "none"];

/// Reads the times as they are written, and the points.
pub(super) fn read(mut input: impl Read) -> Result<(Vec<String>, Vec<Point>)> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).context("it is no text in UTF-8: save it as CSV in UTF-8")?;
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let delimiter = ['\t', ';', ','].into_iter().find(|mark| first.contains(*mark)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut rows = reader.records().collect::<Result<Vec<_>, _>>()?;
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let columns = Columns::of(&rows);
    if columns.has_head {
        rows.remove(0);
    }
    let stamps: Vec<String> = rows.iter().map(|row| row.get(columns.time).unwrap_or("").to_owned()).collect();
    let moments = file::moments(&stamps.iter().map(String::as_str).collect::<Vec<_>>());
    let mut points = Vec::with_capacity(rows.len());
    for ((row, stamp), moment) in rows.iter().zip(&stamps).zip(moments) {
        let line = row.position().map_or(0, csv::Position::line);
        let moment = moment.ok_or_else(|| {
            anyhow!("line {line}: `{}` is not a time, as 2015-02-26 21:42:53", short(stamp))
        })?;
        let value = row.get(columns.count).unwrap_or("");
        points.push((moment.as_second(), count(value, delimiter).with_context(|| format!("line {line}"))?));
    }
    Ok((stamps, points))
}

/// Where the time stands, and where the count.
struct Columns {
    time: usize,
    count: usize,
    has_head: bool,
}

impl Columns {
    fn of(rows: &[csv::StringRecord]) -> Self {
        let is_time = |cell: &str| file::moments(&[cell])[0].is_some();
        let has_head = rows.first().is_some_and(|row| !row.iter().any(is_time));
        let named = |names: &[&str]| {
            let head = rows.first().filter(|_| has_head)?;
            head.iter().position(|cell| names.contains(&cell.to_lowercase().as_str()))
        };
        let row = rows.get(usize::from(has_head));
        let time = named(TIMES).or_else(|| row?.iter().position(is_time)).unwrap_or(0);
        let count = named(COUNTS).filter(|at| *at != time).unwrap_or(usize::from(time == 0));
        Self { time, count, has_head }
    }
}

/// A whole number, also if it is written as 12.0 or 1,200; none where nothing was counted.
fn count(value: &str, delimiter: char) -> Result<Option<u64>> {
    if NO_NUMBER.contains(&value.to_lowercase().as_str()) {
        return Ok(None);
    }
    let groups: Vec<&str> = value.split([',', ' ', '\u{a0}', '\u{202f}', '_', '\'']).collect();
    let is_grouped = groups.len() > 1
        && groups[1..].iter().all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    let plain = if is_grouped {
        groups.concat()
    } else if delimiter == ',' {
        value.to_owned()
    } else {
        value.replace(',', ".")
    };
    if let Ok(count) = plain.parse() {
        return Ok(Some(count));
    }
    match plain.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in the range that was looked at"
        )]
        Ok(number) if (0.0..1e18).contains(&number) => Ok(Some(number.round() as u64)),
        Ok(number) if number < 0.0 => bail!("`{}` is below zero, which no count is", short(value)),
        _ => bail!("`{}` is not a count, as 12", short(value)),
    }
}

fn short(text: &str) -> String {
    harmless(&text.chars().take(40).collect::<String>())
}
