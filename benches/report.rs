//! Pairs of measurements, their medians, and the rows of the table.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

/// How long everything may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Fewer pairs, and shorter.
    pub(crate) quick: bool,
}

impl Setting {
    /// How many pairs, of what takes seconds each.
    pub(crate) fn pairs(self) -> usize {
        if self.quick { 3 } else { 5 }
    }

    /// How long load lasts.
    pub(crate) fn load(self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 3 })
    }
}

/// What a ratio should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// So much, or less.
    AtMost(f64),
    /// So much, or more.
    AtLeast(f64),
    /// Nothing: it is only told.
    Told,
}

impl Target {
    fn reached(self, value: f64) -> &'static str {
        match self {
            Self::AtMost(limit) if value <= limit => "yes",
            Self::AtLeast(limit) if value >= limit => "yes",
            Self::AtMost(_) | Self::AtLeast(_) => "**no**",
            Self::Told => "–",
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "≤ {limit}"),
            Self::AtLeast(limit) => write!(f, "≥ {limit}"),
            Self::Told => f.write_str("–"),
        }
    }
}

/// Two things measured in turns.
#[derive(Debug)]
pub(crate) struct Pairs(Vec<(f64, f64)>);

impl Pairs {
    /// Measures both so many times; the one that is first changes from pair to pair.
    pub(crate) fn measure(count: usize, mut one: impl FnMut() -> f64, mut other: impl FnMut() -> f64) -> Self {
        let pair = |turn: usize| {
            if turn.is_multiple_of(2) {
                let first = one();
                (first, other())
            } else {
                let first = other();
                (one(), first)
            }
        };
        Self((0..count).map(pair).collect())
    }

    /// Pairs that were measured elsewhere.
    pub(crate) fn of(pairs: Vec<(f64, f64)>) -> Self {
        Self(pairs)
    }

    /// The median of the pairs' ratios.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    fn ratios(&self) -> Vec<f64> {
        self.0.iter().map(|(one, other)| one / other).collect()
    }

    /// Prints the row of the ratio. `unit` writes one measurement.
    pub(crate) fn row(&self, what: &str, beside: &str, target: Target, unit: impl Fn(f64) -> String) {
        let (mut ratios, ratio) = (self.ratios(), self.ratio());
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (ratios[0], ratios[ratios.len() - 1]);
        let (one, other): (Vec<_>, Vec<_>) = self.0.iter().copied().unzip();
        let measured = format!("**{ratio:.2}** ({low:.2}–{high:.2}); {} : {}", unit(median(one)), unit(median(other)));
        row((what, beside), target, "", (ratio, &measured));
    }
}

/// Prints a row of one value beside a limit: of several the lowest, because whatever else runs only adds.
pub(crate) fn value(what: &str, target: Target, unit: &str, values: &[f64]) {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
    let middle = median(values.to_vec());
    let measured = if low < high {
        format!("**{low:.1}** (median {middle:.1}, up to {high:.1})")
    } else {
        format!("**{low:.2}**")
    };
    row((what, "–"), target, &format!(" {unit}"), (low, &measured));
}

/// Prints the table's head.
pub(crate) fn head() {
    println!("| what | beside | to reach | measured | reached |\n|---|---|---|---|---|");
}

/// Prints a row: what is compared with what, what is to be reached in which unit, the value, and how it is written.
pub(crate) fn row((what, beside): (&str, &str), target: Target, unit: &str, (value, written): (f64, &str)) {
    println!("| {what} | {beside} | {target}{unit} | {written} | {} |", target.reached(value));
}

/// Says something to whoever waits.
pub(crate) fn progress(words: impl Display) {
    eprintln!("… {words}");
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], values[middle]) } else { values[middle] }
}

/// How long something takes, in seconds.
pub(crate) fn seconds(act: impl FnOnce()) -> f64 {
    let began = Instant::now();
    act();
    began.elapsed().as_secs_f64()
}

/// A time.
pub(crate) fn time(seconds: f64) -> String {
    if seconds < 0.1 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

/// So many a second.
pub(crate) fn rate(rate: f64) -> String {
    format!("{rate:.0}/s")
}

/// A throughput in bytes a second.
pub(crate) fn throughput(bytes: f64) -> String {
    format!("{:.1} Gbit/s", bytes * 8.0 / 1e9)
}
