//! The state of one target as one load balancer node sees it (NLB-24, NLB-25), a pure state machine.
//!
//! | from | pass | failure |
//! |---|---|---|
//! | initial | healthy at once (NLB-24) | unhealthy after the threshold |
//! | healthy | | unhealthy after the threshold |
//! | unhealthy | healthy after the threshold | |
//!
//! That a new target needs the threshold's failures too is our reading: AWS says only that one pass is enough.
//! So an instance that is still booting is not called unhealthy by its first check.

use crate::spec::service::HealthCheck;

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Not yet known.
    Initial,
    /// In service.
    Healthy,
    /// Out of service.
    Unhealthy,
}

/// A target and how far it is on the way to another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// What it is.
    pub(crate) state: State,
    /// Checks in a row that speak against its state.
    against: u32,
}

impl Target {
    /// A target in this state, with nothing that speaks against it.
    pub(crate) fn new(state: State) -> Self {
        Self { state, against: 0 }
    }

    /// Takes in the result of a check, and says whether that changed the state.
    pub(crate) fn record(&mut self, passed: bool, check: &HealthCheck) -> bool {
        let (next, threshold) = match (self.state, passed) {
            (State::Healthy, true) | (State::Unhealthy, false) => {
                self.against = 0;
                return false;
            }
            (State::Initial, true) => (State::Healthy, 1),
            (State::Unhealthy, true) => (State::Healthy, check.healthy_threshold),
            (State::Initial | State::Healthy, false) => (State::Unhealthy, check.unhealthy_threshold),
        };
        self.against += 1;
        let changes = self.against >= threshold;
        if changes {
            *self = Self::new(next);
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{NetnsName, service::Probe};
    use proptest::prelude::*;
    use std::time::Duration;

    fn check() -> HealthCheck {
        HealthCheck {
            namespace: NetnsName::new("lab", "vpc.a"),
            port: 80,
            probe: Probe::Tcp,
            proxy_protocol: false,
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            healthy_threshold: 3,
            unhealthy_threshold: 2,
        }
    }

    /// The states after each result: `+` passed, `-` failed.
    fn history(from: State, results: &str) -> String {
        let mut target = Target::new(from);
        let after = |result| {
            target.record(result == '+', &check());
            match target.state {
                State::Initial => 'i',
                State::Healthy => 'h',
                State::Unhealthy => 'u',
            }
        };
        results.chars().map(after).collect()
    }

    #[test]
    fn one_pass_puts_a_new_target_in_service() {
        assert_eq!(history(State::Initial, "+-+--"), "hhhhu", "NLB-24");
        assert_eq!(history(State::Initial, "-+"), "ih");
        assert_eq!(history(State::Initial, "--"), "iu");
    }

    #[test]
    fn later_changes_need_the_threshold_in_a_row() {
        assert_eq!(history(State::Unhealthy, "++-+++"), "uuuuuh");
        assert_eq!(history(State::Healthy, "-+-+--+"), "hhhhhuu");
    }

    proptest! {
        #[test]
        fn a_change_is_reported_exactly_when_the_state_changes(results in proptest::collection::vec(any::<bool>(), 0..60)) {
            let mut target = Target::new(State::Initial);
            for passed in results {
                let before = target.state;
                prop_assert_eq!(target.record(passed, &check()), target.state != before);
                prop_assert!(target.state != State::Initial || before == State::Initial, "nothing becomes initial again");
            }
        }
    }
}
