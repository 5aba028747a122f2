//! Is this count a spike? Each is judged by what came before it alone, and a judgment is never taken back.
//!
//! 1. **Scales.** The last half hour and the last ten hours are added up (one bucket where buckets are longer): people call
//!    an event what rises sharply and is still talked of hours later. A sum of which less than half was collected is not
//!    judged.
//! 2. **Baseline.** The weighted median of the same time on the last 28 days and its two neighbors, the same weekday three times,
//!    drawn toward the median of the week as if that were two more days. A median is not moved by earlier spikes.
//! 3. **Excess.** ln((seen + c) / (baseline + c)), the mean over the scales, where c is the week's median: how much this adds
//!    to what is usual for the series, so that 60 where 20 come at night is not more than 180 where 60 come by day.
//! 4. **Rarity.** The highest excess of each day is kept. Above their upper quartile they are taken to fall off exponentially (peaks over threshold:
//!    Pickands, "Statistical inference using extreme order statistics", Annals of Statistics 3, 1975; used online by Siffer et
//!    al., "Anomaly detection in streams with extreme value theory", KDD 2017), which says how many such peaks a week would have.
//!    A spike is rarer than the budget. A week of made-up days keeps the estimate sane while few are known.
//! 5. **Exactness.** The sum of the shortest scale must also be less likely than the budget allows in an overdispersed count with that
//!    baseline (`tail.rs`), and at least twice the baseline: rare is not enough, it must be many.
//!
//! Nothing is judged in the first two days after collection starts, nor before five samples of a baseline are known.
//!
//! What was tried is in `benches/spikes.md`, with the command that measures it.

use super::tail::log_tail;

/// Settings of a detector. Only the budget is for users; the others are measured in `benches/spikes.md`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorConfig {
    /// False alarms for a series and week that are put up with, above 0. Default 0.12: about one in eight weeks.
    pub budget: f64,
    /// Lengths of time that are added up, in seconds, the shortest first.
    pub scales: [f64; 2],
    /// Days that a baseline looks back.
    pub memory_days: u32,
    /// How much more the same weekday counts than another.
    pub weekday_weight: f64,
    /// As how many days the median of the week counts in a baseline.
    pub level_days: f64,
    /// How many medians of the week are added to both sides of an excess.
    pub level_share: f64,
    /// As how many days what is supposed of peaks counts.
    pub supposed_days: f64,
    /// The excess that one day in four is supposed to reach.
    pub supposed_quartile: f64,
    /// By how much peaks above that are supposed to exceed it on average.
    pub supposed_mean: f64,
    /// The least that a spike is, in multiples of its baseline.
    pub least_ratio: f64,
    /// Alarms less than this many seconds apart are one.
    pub quiet_seconds: f64,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            budget: 0.12,
            scales: [1800.0, 10.0 * 3600.0],
            memory_days: 28,
            weekday_weight: 3.0,
            level_days: 2.0,
            level_share: 1.0,
            supposed_days: 7.0,
            supposed_quartile: 0.5,
            supposed_mean: 0.17,
            least_ratio: 2.0,
            quiet_seconds: 6.0 * 3600.0,
        }
    }
}

/// Days of collection before anything is judged.
pub(super) const LEARNING_DAYS: f64 = 2.0;

/// Samples without which there is no baseline.
const LEAST_SAMPLES: usize = 5;

/// Days whose counts say how widely they scatter and how high the week's median is.
const RESIDUAL_DAYS: usize = 28;

/// What is added to counts whose ratio is taken, so that one post beside none is no wonder.
const PSEUDO_COUNT: f64 = 4.0;

/// The share of days whose highest excess is not a peak.
const QUARTILE: f64 = 0.75;

/// The least dispersion: no public talk is as even as chance.
const LEAST_DISPERSION: f64 = 0.01;

const DAY: f64 = 86_400.0;

/// What is said of one count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// It is far above what is usual.
    pub is_spike: bool,
    /// The decimal logarithm of the weeks in which one day would be expected to have as high a peak: 1 is one in ten weeks.
    pub score: f64,
    /// What would be usual in place of [`seen`](Self::seen).
    pub usual: f64,
    /// The sum of the last half hour, or the count where buckets are longer.
    pub seen: f64,
}

/// A run of spikes with short breaks at most; places count from the first bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// The first bucket that was judged a spike.
    pub start: usize,
    /// The last one.
    pub end: usize,
    /// The one with the highest score.
    pub peak: usize,
    /// Its score, as [`Judged::score`].
    pub score: f64,
    /// What was seen at the peak.
    pub seen: f64,
    /// What would have been usual.
    pub usual: f64,
}

/// Judges one count after the other.
#[derive(Debug, Clone)]
pub struct Detector {
    config: DetectorConfig,
    /// Buckets of a day; 1 where a bucket is a day or longer.
    day: usize,
    is_daily: bool,
    scales: Vec<Scale>,
    counts: Vec<Option<u64>>,
    first: Option<usize>,
    learning: usize,
    peaks: Peaks,
    scatter: Scatter,
}

impl Detector {
    /// A detector of counts that come every `step_seconds`.
    #[must_use]
    pub fn new(step_seconds: f64, config: DetectorConfig) -> Self {
        let step = step_seconds.max(1.0);
        let mut widths: Vec<usize> = config.scales.iter().map(|seconds| buckets(seconds / step)).collect();
        widths.dedup();
        let day = buckets(DAY / step);
        Self {
            config,
            day,
            is_daily: day == 1,
            scales: widths.into_iter().map(Scale::new).collect(),
            counts: Vec::new(),
            first: None,
            learning: buckets(LEARNING_DAYS * DAY / step),
            peaks: if day == 1 { Peaks::new(1, &daily(config)) } else { Peaks::new(day, &config) },
            scatter: Scatter::default(),
        }
    }

    /// Takes the next count, `None` where nothing was collected, and judges it if enough is known.
    pub fn push(&mut self, count: Option<u64>) -> Option<Judged> {
        let at = self.counts.len();
        self.counts.push(count);
        for scale in &mut self.scales {
            scale.push(&self.counts, self.day);
        }
        count?;
        let first = *self.first.get_or_insert(at);
        if at < first + self.learning {
            return None;
        }
        let mut excess = 0.0;
        let mut shortest = None;
        for scale in &self.scales {
            let (seen, usual, level) = scale.compare(at, self.day, self.is_daily, &self.config)?;
            let added = PSEUDO_COUNT + self.config.level_share * level;
            excess += ((seen + added) / (usual + added)).ln() / self.scales.len() as f64;
            shortest.get_or_insert((seen, usual));
        }
        let (seen, usual) = shortest?;
        let rate = self.peaks.weekly_rate(excess);
        // As many sums of the shortest scale as a week has may each be a false alarm.
        let chances = (7 * self.day / self.scales[0].width).max(1) as f64;
        let is_spike = rate <= self.config.budget
            && seen + PSEUDO_COUNT >= self.config.least_ratio * (usual + PSEUDO_COUNT)
            && log_tail(seen, usual.max(0.1), self.scatter.dispersion) <= (self.config.budget / chances).ln();
        if at.is_multiple_of(self.scales[0].width) {
            self.scatter.push(seen, usual, self.day / self.scales[0].width);
        }
        self.peaks.push(excess);
        Some(Judged { is_spike, score: -rate.log10(), usual, seen })
    }
}

/// Judges a whole series, each count as it would have been judged at its time.
#[must_use]
pub fn judge(counts: &[Option<u64>], step_seconds: f64, config: DetectorConfig) -> Vec<Option<Judged>> {
    let mut detector = Detector::new(step_seconds, config);
    counts.iter().map(|count| detector.push(*count)).collect()
}

/// Joins the spikes of a series that was judged.
#[must_use]
pub fn episodes_of(judged: &[Option<Judged>], step_seconds: f64, config: DetectorConfig) -> Vec<Episode> {
    let mut found: Vec<Episode> = Vec::new();
    for (at, judged) in judged.iter().enumerate() {
        let Some(Judged { is_spike: true, score, usual, seen }) = *judged else { continue };
        let quiet = |last: usize| (at - last) as f64 * step_seconds;
        match found.last_mut() {
            // Buckets beside each other are together, however long they are.
            Some(last) if at - last.end == 1 || quiet(last.end) < config.quiet_seconds => {
                last.end = at;
                if score > last.score {
                    (last.peak, last.score, last.seen, last.usual) = (at, score, seen, usual);
                }
            }
            _ => found.push(Episode { start: at, end: at, peak: at, score, seen, usual }),
        }
    }
    found
}

/// Finds the episodes of a whole series.
#[must_use]
pub fn episodes(counts: &[Option<u64>], step_seconds: f64, config: DetectorConfig) -> Vec<Episode> {
    episodes_of(&judge(counts, step_seconds, config), step_seconds, config)
}

/// What is supposed where a bucket is a day: its one excess takes the place of the highest of about twenty-four. Of so many from a
/// normal distribution the highest lies about two deviations up, the upper quartile of single ones two thirds of one.
fn daily(config: DetectorConfig) -> DetectorConfig {
    DetectorConfig {
        supposed_quartile: config.supposed_quartile * 0.3,
        supposed_mean: config.supposed_mean * 0.4,
        ..config
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from one on")]
fn buckets(length: f64) -> usize {
    length.round().clamp(1.0, 1e9) as usize
}

/// Sums over so many buckets, and what is usual for them.
#[derive(Debug, Clone)]
struct Scale {
    width: usize,
    /// The sum that ends at each bucket; `None` where too little of it was collected.
    sums: Vec<Option<f64>>,
    /// The median of the last week's sums.
    level: Option<f64>,
}

impl Scale {
    fn new(width: usize) -> Self {
        Self { width, sums: Vec::new(), level: None }
    }

    fn push(&mut self, counts: &[Option<u64>], day: usize) {
        let at = counts.len() - 1;
        let sum = counts.len().checked_sub(self.width).and_then(|start| {
            let here = &counts[start..];
            let known = here.iter().flatten().count();
            let sum: f64 = here.iter().flatten().map(|count| *count as f64).sum();
            // What was not collected is taken to be like the rest.
            (known * 2 >= self.width && counts[at].is_some()).then(|| sum * self.width as f64 / known as f64)
        });
        if at.is_multiple_of(self.width) || self.level.is_none() {
            // Of what came before: the sum that is judged is not in it.
            let sums = self.sums.iter().rev().take(7 * day).step_by(self.width);
            let mut week: Vec<(f64, f64)> = sums.flatten().map(|sum| (*sum, 1.0)).collect();
            self.level = median(&mut week).or(self.level);
        }
        self.sums.push(sum);
    }

    /// What is seen at a bucket, what is usual there, and what is usual all week.
    fn compare(
        &self,
        at: usize,
        day: usize,
        is_daily: bool,
        config: &DetectorConfig,
    ) -> Option<(f64, f64, f64)> {
        let seen = self.sums[at]?;
        let level = self.level?;
        let mut samples = Vec::with_capacity(3 * config.memory_days as usize);
        let mut days = 0.0;
        for back in 1..=config.memory_days as usize {
            let Some(then) = at.checked_sub(back * day) else { break };
            let weight = if back.is_multiple_of(7) { config.weekday_weight } else { 1.0 };
            // The neighbors of a day are other days.
            let near = if is_daily { 0 } else { self.width };
            let mut is_known = false;
            for place in [then.checked_sub(near), Some(then), Some(then + near)].into_iter().flatten() {
                if place < at
                    && let Some(sum) = self.sums[place]
                {
                    samples.push((sum, weight));
                    is_known = true;
                }
                if is_daily {
                    break;
                }
            }
            days += if is_known { weight } else { 0.0 };
        }
        if samples.len() < LEAST_SAMPLES {
            return None;
        }
        let same = median(&mut samples)?;
        let usual = (days * same + config.level_days * level) / (days + config.level_days);
        Some((seen, usual, level))
    }
}

/// The highest excess of each day, and how rarely a higher one comes.
#[derive(Debug, Clone)]
struct Peaks {
    day: usize,
    days: Vec<f64>,
    today: f64,
    today_count: usize,
    supposed_days: f64,
    supposed_quartile: f64,
    supposed_mean: f64,
    quartile: f64,
    mean: f64,
    /// Peaks above the quartile in a week.
    rate: f64,
}

impl Peaks {
    fn new(day: usize, config: &DetectorConfig) -> Self {
        Self {
            day,
            days: Vec::new(),
            today: f64::NEG_INFINITY,
            today_count: 0,
            supposed_days: config.supposed_days,
            supposed_quartile: config.supposed_quartile,
            supposed_mean: config.supposed_mean,
            quartile: config.supposed_quartile,
            mean: config.supposed_mean,
            rate: 7.0 * (1.0 - QUARTILE),
        }
    }

    fn weekly_rate(&self, excess: f64) -> f64 {
        self.rate * (-(excess - self.quartile) / self.mean).exp()
    }

    fn push(&mut self, excess: f64) {
        self.today = self.today.max(excess);
        self.today_count += 1;
        if self.today_count < self.day {
            return;
        }
        let place = self.days.partition_point(|known| *known < self.today);
        self.days.insert(place, self.today);
        self.today = f64::NEG_INFINITY;
        self.today_count = 0;
        self.estimate();
    }

    fn estimate(&mut self) {
        let (count, supposed) = (self.days.len() as f64, self.supposed_days);
        let place = (self.days.len() * 3 / 4).min(self.days.len() - 1);
        self.quartile = (count * self.days[place] + supposed * self.supposed_quartile) / (count + supposed);
        let above = &self.days[self.days.partition_point(|day| *day <= self.quartile)..];
        let excess: f64 = above.iter().map(|day| day - self.quartile).sum();
        let peaks = above.len() as f64;
        self.mean = (excess + supposed * self.supposed_mean) / (peaks + supposed);
        self.rate = 7.0 * (peaks + supposed * (1.0 - QUARTILE)) / (count + supposed);
    }
}

/// How much more widely counts scatter than by chance.
#[derive(Debug, Clone)]
struct Scatter {
    /// Of each sum of the shortest scale: how far its logarithm is from what is usual, and what is usual.
    residuals: Vec<(f64, f64)>,
    dispersion: f64,
}

impl Default for Scatter {
    fn default() -> Self {
        Self { residuals: Vec::new(), dispersion: LEAST_DISPERSION }
    }
}

impl Scatter {
    fn push(&mut self, seen: f64, usual: f64, of_a_day: usize) {
        self.residuals.push((((seen + 1.0) / (usual + 1.0)).ln().abs(), usual));
        let of_a_day = of_a_day.max(1);
        if !self.residuals.len().is_multiple_of(of_a_day) {
            return;
        }
        let most = RESIDUAL_DAYS * of_a_day;
        self.residuals.drain(..self.residuals.len().saturating_sub(most));
        let mut sizes: Vec<(f64, f64)> = self.residuals.iter().map(|(size, _)| (*size, 1.0)).collect();
        let mut usual: Vec<(f64, f64)> = self.residuals.iter().map(|(_, usual)| (*usual, 1.0)).collect();
        if let (Some(size), Some(usual)) = (median(&mut sizes), median(&mut usual)) {
            // 1.4826 medians of the distances are one standard deviation of a normal distribution; the logarithm of a
            // Poisson count has the variance 1 / mean.
            let deviation = 1.4826 * size;
            self.dispersion = (deviation * deviation - 1.0 / (usual + 1.0)).max(LEAST_DISPERSION);
        }
    }
}

/// The value below which half of the weight lies.
fn median(weighted: &mut [(f64, f64)]) -> Option<f64> {
    weighted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = weighted.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    weighted
        .iter()
        .find(|(_, weight)| {
            below += weight;
            below >= half
        })
        .map(|(value, _)| *value)
}
