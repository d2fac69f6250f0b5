//! How long a resource is there, as it is billed.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The hours that were begun between `created` (ISO 8601) and `now` (COST-01): what is there at all is there for one.
pub fn begun(created: &str, now: OffsetDateTime) -> u64 {
    let seconds = OffsetDateTime::parse(created, &Rfc3339).map_or(0, |created| (now - created).whole_seconds());
    u64::try_from(seconds).unwrap_or_default().div_ceil(3600).max(1)
}

#[cfg(test)]
mod tests {
    use super::begun;
    use time::macros::datetime;

    #[test]
    fn an_hour_that_was_begun_is_a_whole_one_cost_01() {
        let now = datetime!(2026-03-01 12:00:00 UTC);
        let rows = [
            ("2026-03-01T12:00:00Z", 1),
            ("2026-03-01T11:00:01Z", 1),
            ("2026-03-01T11:00:00Z", 1),
            ("2026-03-01T10:59:59Z", 2),
            ("2026-02-28T12:00:00Z", 24),
            ("2026-02-28T11:59:59Z", 25),
            ("2026-03-01T12:00:09Z", 1), // the clock was set back
            ("", 1),
        ];
        for (created, hours) in rows {
            assert_eq!(begun(created, now), hours, "{created}");
        }
    }
}
