//! Properties of every plan, and the order and wording of one.

mod interpreter;
mod specs;

use super::diff;
use crate::{
    apply::{Action, Plan, Stage},
    spec::Spec,
};
use interpreter::apply_to;
use proptest::prelude::*;
use specs::{desired, observed};

proptest! {
    #[test]
    fn nothing_is_to_be_done_where_all_is_as_wanted(spec in desired()) {
        prop_assert_eq!(diff(&spec, &spec), Plan::default());
    }

    #[test]
    fn a_plan_makes_the_observed_the_desired(wanted in desired(), found in observed()) {
        let mut machine = found.clone();
        let plan = diff(&wanted, &found);
        apply_to(&plan, &mut machine);
        prop_assert_eq!(&machine, &wanted, "{}", plan);
        prop_assert_eq!(diff(&wanted, &machine), Plan::default());
    }

    #[test]
    fn a_plan_that_was_cut_off_anywhere_is_healed_by_the_next(
        wanted in desired(),
        found in observed(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut machine = found.clone();
        let mut plan = diff(&wanted, &found);
        plan.steps.truncate(cut.index(plan.steps.len() + 1));
        apply_to(&plan, &mut machine);
        apply_to(&diff(&wanted, &machine), &mut machine);
        prop_assert_eq!(machine, wanted);
    }

    #[test]
    fn going_down_is_deleting_the_namespaces(found in observed()) {
        let plan = diff(&Spec::default(), &found);
        prop_assert!(plan.steps.iter().all(|step| step.action == Action::DeleteNamespace));
        prop_assert_eq!(plan.counts().removed, found.namespaces.len());
    }

    #[test]
    fn no_link_is_made_before_all_is_filtered(wanted in desired(), found in observed()) {
        let plan = diff(&wanted, &found);
        let first = |stage| plan.steps.iter().position(|step| step.action.stage() == stage);
        let last = |stage| plan.steps.iter().rposition(|step| step.action.stage() == stage);
        if let (Some(last_table), Some(first_link)) = (last(Stage::Foundation), first(Stage::Wiring)) {
            prop_assert!(last_table < first_link);
        }
    }

    #[test]
    fn a_plan_counts_each_step_once(wanted in desired(), found in observed()) {
        let plan = diff(&wanted, &found);
        let counts = plan.counts();
        prop_assert_eq!(counts.added + counts.changed + counts.removed, plan.steps.len());
        let headings = plan.to_string().lines().filter(|line| line.starts_with("# ")).count();
        prop_assert_eq!(headings, plan.steps.chunk_by(|a, b| a.action.stage() == b.action.stage()).count());
    }
}
