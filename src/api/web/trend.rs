//! How does a trend become a chart whose every point opens its posts?

use jiff::civil::Date;

use super::address::{address, narrowed};
use super::chart::{Chart, Column, Dot, chart};
use super::page::PageAsked;
use super::words;
use crate::api::answer::{SeriesAnswer, TrendAnswer};
use crate::api::ask::{Filters, SearchAsked, TrendsAsked, search, trends};
use crate::api::error::AskError;
use crate::model::{Bound, Condition, Flag, Interval, Per, Range, Split, WEEKDAYS};
use crate::store::{Market, Store};

/// Most series on the chart: more colors cannot be told apart.
const MAX_SERIES: usize = 8;

/// Days or weeks up to which a chart is drawn by them when no interval is chosen.
const FITS: usize = 120;

/// Most buckets that are drawn, whatever is chosen: each is a few links.
const MAX_BUCKETS: usize = 400;

/// The trend of a question.
pub(super) struct TrendView {
    pub(super) chart: Chart,
    pub(super) zero: f64,
    pub(super) top: f64,
    pub(super) series: Vec<SeriesView>,
    /// By which the links of each bucket are drawn: those that are no gap.
    pub(super) columns: Vec<BucketLink>,
    pub(super) rows: Vec<Row>,
    /// What is counted.
    pub(super) unit: String,
    /// How what is counted differs from what a list shows; nothing where that is the same.
    pub(super) counts: &'static str,
    /// `day`, `week` or `month`.
    pub(super) interval: &'static str,
    /// A shorter interval was asked for than can be drawn.
    pub(super) is_widened: bool,
    /// A line has a gap.
    pub(super) is_broken: bool,
    /// How many a usual Monday has, and so on; none of less than two weeks.
    pub(super) weekdays: Vec<Weekday>,
    /// In words, for those who do not see it.
    pub(super) said: String,
    /// Series that are not drawn.
    pub(super) more: usize,
    pub(super) undated: Option<Count>,
    pub(super) is_one_undated: bool,
}

/// One line of the chart.
pub(super) struct SeriesView {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) color: usize,
    pub(super) is_own: bool,
    pub(super) total: String,
    pub(super) href: String,
    pub(super) path: String,
    pub(super) points: Vec<Point>,
}

pub(super) struct Point {
    pub(super) dot: Dot,
    pub(super) href: String,
    pub(super) title: String,
}

pub(super) struct BucketLink {
    pub(super) column: Column,
    pub(super) href: String,
    pub(super) title: String,
}

/// What a weekday has on average, and all its posts.
pub(super) struct Weekday {
    pub(super) name: &'static str,
    pub(super) mean: String,
    pub(super) href: String,
    pub(super) title: String,
}

/// One bucket in the table.
pub(super) struct Row {
    pub(super) head: String,
    /// One for each series; none where nothing was collected.
    pub(super) cells: Vec<Option<Count>>,
}

/// A number and the address of its posts.
pub(super) struct Count {
    pub(super) count: String,
    pub(super) href: String,
}

/// Counts the posts of a question over time; `None` where none of them has a date.
pub(super) fn trend_view(
    store: &Store,
    market: &Market,
    asked: &PageAsked,
) -> Result<Option<TrendView>, AskError> {
    let (interval, all) = fitting(store, asked)?;
    let per = asked.per.as_str();
    let undated = (all.undated > 0).then(|| Count {
        count: words::counted(per, all.undated),
        href: address("/", &narrowed(&asked.filters, Condition::Is(Flag::Undated)), &asked.more()),
    });
    let by_brand = trends(
        store,
        &TrendsAsked { filters: asked.filters.clone(), by: Split::Brand, per: asked.per, interval },
    )?;
    let Some(whole) = all.series.first() else { return Ok(None) };
    let starts: Vec<Date> = all.starts.iter().filter_map(|start| start.parse().ok()).collect();
    let chosen: Vec<&str> = asked.filters.brand.iter().filter_map(|name| brand_id(market, name)).collect();
    let mut shown: Vec<_> = by_brand
        .series
        .iter()
        // A post about a chosen brand may be about others too: they were not asked for.
        .filter(|series| chosen.is_empty() || chosen.contains(&&*series.key))
        .collect();
    let more = shown.len().saturating_sub(MAX_SERIES);
    shown.truncate(MAX_SERIES);
    let has_brands = !shown.is_empty();
    if !has_brands {
        shown.push(whole);
    }
    // Where nothing at all was collected, nothing was about the brands that are seldom spoken of either.
    let counts: Vec<Vec<Option<u64>>> = shown
        .iter()
        .map(|series| series.counts.iter().zip(&whole.counts).map(|(count, any)| any.and(*count)).collect())
        .collect();
    let mut chart = chart(&counts, &starts, interval);
    let colors = colors(market, shown.iter().map(|series| &*series.key));
    let is_own = |key: &str| {
        market.brands.iter().any(|brand| brand.id.as_str() == key && brand.role.as_deref() == Some("own"))
    };
    let filters_of =
        |key: &str| if has_brands { of_brand(&asked.filters, market, key) } else { asked.filters.clone() };
    let more_parameters = asked.more();
    let link =
        |filters: &Filters, at: usize| address("/", &within(filters, starts[at], interval), &more_parameters);
    let mut rows: Vec<Row> = starts
        .iter()
        .map(|start| Row {
            head: words::bucket_head(interval, *start),
            cells: Vec::with_capacity(shown.len()),
        })
        .collect();
    let lines = std::mem::take(&mut chart.lines);
    let mut series = Vec::with_capacity(shown.len());
    for (((one, line), counts), color) in shown.iter().zip(lines).zip(&counts).zip(colors) {
        let filters = filters_of(&one.key);
        let total = match asked.per {
            Per::Post => posts_of(store, &filters)?,
            Per::Case | Per::Author => one.total,
        };
        let mut points = Vec::with_capacity(counts.len());
        for (at, (dot, count)) in line.dots.into_iter().zip(counts).enumerate() {
            let href = link(&filters, at);
            if let (Some(dot), Some(count)) = (dot, count) {
                let about =
                    if has_brands { format!(" about {}", words::plain(&one.name)) } else { String::new() };
                let title =
                    format!("{}{about} {}", words::counted(per, *count), words::bucket(interval, starts[at]));
                points.push(Point { dot, href: href.clone(), title });
            }
            rows[at].cells.push(count.map(|count| Count { count: words::number(count), href }));
        }
        series.push(SeriesView {
            key: one.key.clone(),
            name: one.name.clone(),
            color,
            is_own: is_own(&one.key) || !has_brands,
            total: words::number(total),
            href: address("/", &filters, &more_parameters),
            path: line.path,
            points,
        });
    }
    let columns = std::mem::take(&mut chart.columns)
        .into_iter()
        .enumerate()
        .filter_map(|(at, column)| {
            let total = (*whole.counts.get(at)?)?;
            let title =
                format!("{} in all {}", words::counted(per, total), words::bucket(interval, starts[at]));
            Some(BucketLink { column, href: link(&asked.filters, at), title })
        })
        .collect();
    Ok(Some(TrendView {
        weekdays: weekdays(whole, per, &asked.filters, &more_parameters),
        said: said(&all, per, interval, shown.len(), has_brands),
        unit: words::counted_head(per),
        counts: match asked.per {
            Per::Post => "",
            Per::Case => {
                " Posts that say the same count once in each, and once in all; a link opens all of them."
            }
            Per::Author => " Each author counts once in each, and once in all; a link opens all their posts.",
        },
        is_broken: counts.iter().flatten().any(Option::is_none),
        chart,
        zero: super::chart::ZERO,
        top: super::chart::TOP,
        series,
        columns,
        rows,
        interval: interval.as_str(),
        is_widened: asked.interval.is_some_and(|wanted| wanted != interval),
        more,
        undated,
        is_one_undated: all.undated == 1,
    }))
}

fn weekdays(whole: &SeriesAnswer, per: &str, filters: &Filters, more: &[(&str, &str)]) -> Vec<Weekday> {
    let (Some(counts), Some(days)) = (whole.weekdays, whole.weekday_days) else { return Vec::new() };
    if days.iter().all(|days| *days < 2) {
        return Vec::new();
    }
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let known = names.into_iter().zip(WEEKDAYS).zip(counts.into_iter().zip(days));
    let days = known.filter(|(_, (_, days))| *days > 0).map(|((name, (_, day)), (count, days))| Weekday {
        name,
        mean: format!("{:.1}", count as f64 / days as f64),
        href: address("/", &narrowed(filters, Condition::Weekday(day)), more),
        title: format!("{} on {days} days", words::counted(per, count)),
    });
    days.collect()
}

/// The id of a brand that was asked for by id or by name.
pub(super) fn brand_id<'a>(market: &'a Market, name: &str) -> Option<&'a str> {
    let found = market.brands.iter().find(|brand| {
        brand.id.as_str().eq_ignore_ascii_case(name) || brand.name.to_lowercase() == name.to_lowercase()
    });
    found.map(|brand| brand.id.as_str())
}

/// The same question about one brand of its answer.
pub(super) fn of_brand(filters: &Filters, market: &Market, id: &str) -> Filters {
    // Chosen brands are alternatives: of them, the one is enough. Of others it must hold as well.
    if filters.brand.is_empty() || filters.brand.iter().any(|name| brand_id(market, name) == Some(id)) {
        return Filters { brand: vec![id.to_owned()], ..filters.clone() };
    }
    narrowed(filters, Condition::Brand(id.to_owned()))
}

/// How many posts there are, with a date or without: as many as the address of `filters` lists.
fn posts_of(store: &Store, filters: &Filters) -> Result<u64, AskError> {
    Ok(search(store, &SearchAsked { filters: filters.clone(), ..SearchAsked::default() })?.total)
}

/// The trend of all posts of the question, by the interval that was chosen or that fits.
fn fitting(store: &Store, asked: &PageAsked) -> Result<(Interval, TrendAnswer), AskError> {
    let most = if asked.interval.is_some() { MAX_BUCKETS } else { FITS };
    let mut interval = asked.interval.unwrap_or_default();
    loop {
        let trend = trends(
            store,
            &TrendsAsked { filters: asked.filters.clone(), by: Split::All, per: asked.per, interval },
        )?;
        let buckets = trend.starts.len();
        interval = match interval {
            Interval::Day if buckets > most => Interval::Week,
            Interval::Week if buckets > most => Interval::Month,
            _ => return Ok((interval, trend)),
        };
    }
}

/// The same question about one bucket.
fn within(filters: &Filters, start: Date, interval: Interval) -> Filters {
    let after = interval.after(start);
    let last = after.yesterday().unwrap_or(after);
    let limit = |text: &Option<String>, otherwise: Date| match text.as_deref().filter(|text| !text.is_empty())
    {
        None => Some(otherwise),
        // `2015-02` is no day but a month, and a moment is no day either.
        Some(text) => text.parse::<Date>().ok().filter(|_| text.len() == 10),
    };
    match (limit(&filters.since, start), limit(&filters.until, last)) {
        (Some(since), Some(until)) => Filters {
            since: Some(since.max(start).to_string()),
            until: Some(until.min(last).to_string()),
            ..filters.clone()
        },
        _ => {
            narrowed(filters, Condition::Created(Range::new(Some(Bound::Day(start)), Some(Bound::Day(last)))))
        }
    }
}

/// The color of each series. A brand keeps its own while there are few, whatever is asked.
fn colors<'a>(market: &Market, keys: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut order: Vec<_> = market.brands.iter().collect();
    order.sort_by_key(|brand| brand.role.as_deref() != Some("own"));
    let mut is_taken = [false; MAX_SERIES];
    keys.map(|key| {
        let wanted = order.iter().position(|brand| brand.id.as_str() == key).unwrap_or(0) % MAX_SERIES;
        let color = (0..MAX_SERIES).map(|step| (wanted + step) % MAX_SERIES).find(|color| !is_taken[*color]);
        let color = color.unwrap_or(wanted);
        is_taken[color] = true;
        color
    })
    .collect()
}

fn said(all: &TrendAnswer, per: &str, interval: Interval, lines: usize, has_brands: bool) -> String {
    let span = match (&all.from, &all.to) {
        (Some(from), Some(to)) => format!(" from {from} to {to}"),
        _ => String::new(),
    };
    let lines = match (has_brands, lines) {
        (false, _) => "one line for all of them".to_owned(),
        (true, 1) => "one line for one brand".to_owned(),
        (true, lines) => format!("one line for each of {lines} brands"),
    };
    format!(
        "{} for each {interval}{span}, {lines}. The same counts are in the table below.",
        words::counted_head(per)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_bucket_is_asked_for_within_what_was_asked() {
        let filters = |since: &str, until: &str| Filters {
            q: "a OR b".to_owned(),
            since: Some(since.to_owned()),
            until: Some(until.to_owned()),
            ..Filters::default()
        };
        let check = |since: &str, until: &str, expect: &str| {
            let within = within(&filters(since, until), date(2015, 2, 16), Interval::Week);
            assert_eq!(address("/", &within, &[]), expect, "{since} {until}");
        };
        check("", "", "/?q=a+OR+b&since=2015-02-16&until=2015-02-22");
        check("2015-02-18", "2016-01-01", "/?q=a+OR+b&since=2015-02-18&until=2015-02-22");
        check("2015-02", "", "/?q=%28a+OR+b%29+created%3A2015-02-16..2015-02-22&since=2015-02");
    }

    #[test]
    fn a_brand_keeps_its_color() {
        let mut market = Market::default();
        for id in ["a", "b", "c"] {
            market.meet(&crate::model::BrandId::new(id).unwrap(), id);
        }
        assert_eq!(colors(&market, ["c", "a"].into_iter()), [2, 0]);
        let many: Vec<String> = (0..8).map(|n| format!("x{n}")).collect();
        let mut all = colors(&market, many.iter().map(String::as_str));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
