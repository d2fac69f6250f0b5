//! Money, exactly: whole billionths of a thousandth of a dollar, so that each price of a single byte is a whole number.

use std::{fmt, iter::Sum, ops::Add};

/// The bytes of a GB.
const GB: u128 = 1_000_000_000;
/// The parts of a dollar.
const PARTS: u128 = 1_000_000_000_000;
/// The parts of the last digit that people are shown.
const SHOWN: u128 = 1_000_000;

/// An amount of US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Usd(u128);

impl Usd {
    /// So many millionths of a dollar.
    pub const fn micro(millionths: u32) -> Self {
        Self(millionths as u128 * SHOWN)
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0 * u128::from(count))
    }

    /// The price of so many bytes, where this is the price of a GB.
    #[must_use]
    pub fn of_bytes(self, bytes: u64) -> Self {
        Self(self.0 * u128::from(bytes) / GB)
    }

    /// As a number for machines.
    pub fn as_f64(self) -> f64 {
        let text = format!("{}.{:012}", self.0 / PARTS, self.0 % PARTS);
        text.parse().expect("digits around a point are a number")
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// As people write it, rounded to six digits, of which the first two are always there; what is too little to show, but
/// something, is said to be so.
impl fmt::Display for Usd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0 && self.0 < SHOWN {
            return out.pad("<0.000001");
        }
        let millionths = (self.0 + SHOWN / 2) / SHOWN;
        let mut digits = format!("{:06}", millionths % 1_000_000);
        while digits.len() > 2 && digits.ends_with('0') {
            digits.pop();
        }
        out.pad(&format!("{}.{digits}", millionths / 1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::Usd;

    #[test]
    fn amounts_are_exact_and_shown_short() {
        let rows = [
            (Usd::default(), "0.00"),
            (Usd::micro(10_000).times(2).times(24), "0.48"),
            (Usd::micro(22_500), "0.0225"),
            (Usd::micro(10_000).of_bytes(1), "<0.000001"),
            (Usd::micro(45_000).of_bytes(1_000_000), "0.000045"),
            (Usd::micro(45_000).of_bytes(1_500_000_000), "0.0675"),
            (Usd::micro(10_000).of_bytes(u64::MAX), "184467440.737096"),
            (Usd::micro(999_999) + Usd::micro(10_000).of_bytes(99_999), "1.00"),
        ];
        for (amount, text) in rows {
            assert_eq!(amount.to_string(), text);
        }
        let tiny = Usd::micro(10_000).of_bytes(1).as_f64();
        assert!((tiny - 1e-11).abs() < 1e-20, "{tiny}");
    }
}
