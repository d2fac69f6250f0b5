//! Carries a plan out, stage by stage, and decides nothing.
//!
//! Inside a stage each namespace is visited once, by a thread that may visit many; its steps go to the kernel in as few
//! sends as possible. Whatever happens on the way, the journal names every namespace that may exist, so that observing,
//! comparing and executing again goes on from there.

mod batch;
mod fault;
mod settle;
mod visit;

pub(super) use visit::hash;

use super::{Action, Error, Plan, Stage, Step};
use crate::{
    spec::NetnsName,
    sys::{
        etc,
        limits::OpenFiles,
        netns::{self, Identity, Netns, spread},
        process,
        state::{Lab, Loaded},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// How far a plan is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Steps done.
    pub done: usize,
    /// Steps of the plan.
    pub total: usize,
    /// The part of the plan that is being done.
    pub stage: Stage,
    /// The namespace that was just visited.
    pub namespace: &'a NetnsName,
    stopped: &'a AtomicBool,
}

impl Progress<'_> {
    /// Ends the execution after the visits that are under way, as if one of them had failed.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Who is told about progress.
type Listener<'a> = &'a mut (dyn FnMut(&Progress<'_>) + Send);

/// Carries the plan out; stops at the first error. The lab must be locked.
pub fn execute(lab: &Lab, plan: &Plan, progress: Listener<'_>) -> Result<(), Error> {
    let _files = OpenFiles::raise();
    let run = Run::new(lab, plan, false, progress)?;
    run.all()?.into_iter().next().map_or(Ok(()), Err)
}

/// Deletes all namespaces of the lab with all that is in them, whatever state they are in. Goes on after errors and
/// returns all of them; what could not be deleted still stands in the journal. The lab must be locked.
pub fn remove(lab: &Lab, progress: Listener<'_>) -> Result<(), Vec<Error>> {
    let _files = OpenFiles::raise();
    let mut all = || -> Result<Vec<Error>, Error> {
        let delete = |namespace| Step { namespace, action: Action::DeleteNamespace };
        let plan = Plan::new(lab.journal()?.into_iter().map(delete).collect());
        Run::new(lab, &plan, true, progress)?.all()
    };
    let mut errors = all().unwrap_or_else(|error| vec![error]);
    if errors.is_empty() {
        errors.extend(netns::release().map_err(Error::Release).err());
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Writes into the journal what is about to be made, unless somebody else has it.
fn claim(lab: &Lab, new: &BTreeSet<&NetnsName>) -> Result<(), Error> {
    // A large lab's journal is long, and most changes make no namespace.
    if new.is_empty() {
        return Ok(());
    }
    let mut journal = lab.journal()?;
    let before = journal.len();
    for name in new {
        if journal.insert((*name).clone()) {
            if netns::is_there(name) {
                return Err(Error::Foreign((*name).clone()));
            }
            if etc::is_there(name) {
                return Err(Error::ForeignFiles((*name).clone()));
            }
        }
    }
    if journal.len() > before {
        lab.write_journal(&journal)?;
    }
    Ok(())
}

/// One execution.
struct Run<'a> {
    lab: &'a Lab,
    /// Whether errors do not end it.
    goes_on: bool,
    failed: AtomicBool,
    told: Mutex<(usize, Listener<'a>)>,
    plan: &'a Plan,
    /// How the tables were left that no step of this run changes, and by and by those that one does.
    loaded: Mutex<BTreeMap<NetnsName, Loaded>>,
}

impl<'a> Run<'a> {
    /// Refuses what is not ours, and writes into the journal what is about to be.
    fn new(lab: &'a Lab, plan: &'a Plan, goes_on: bool, progress: Listener<'a>) -> Result<Self, Error> {
        claim(lab, &plan.new_namespaces())?;
        let mut loaded = if goes_on { BTreeMap::new() } else { lab.loaded() };
        let before = loaded.len();
        // A table that is about to change is unknown until it has: if this process is killed, it is loaded again.
        loaded.retain(|name, _| !plan.steps.iter().any(|step| &step.namespace == name && changes_table(&step.action)));
        if loaded.len() < before {
            lab.write_loaded(&loaded)?;
        }
        let (failed, told) = (AtomicBool::new(false), Mutex::new((0, progress)));
        Ok(Self { lab, goes_on, failed, told, plan, loaded: Mutex::new(loaded) })
    }

    /// Does the stages one after the other; the errors, in order.
    fn all(self) -> Result<Vec<Error>, Error> {
        let mut errors = Vec::new();
        for steps in self.plan.steps.chunk_by(|a, b| a.action.stage() == b.action.stage()) {
            errors.extend(self.stage(steps)?);
            if self.failed.load(Ordering::Relaxed) && errors.is_empty() {
                errors.push(Error::Stopped);
            }
            if !errors.is_empty() && !self.goes_on {
                return Ok(errors);
            }
        }
        settle::wait(self.lab, self.plan)?;
        Ok(errors)
    }

    /// Visits each namespace of a stage.
    fn stage(&self, steps: &[Step]) -> Result<Vec<Error>, Error> {
        let stage = steps[0].action.stage();
        let going = going(steps);
        let mut errors: Vec<_> = end_processes(&going).err().into_iter().collect();
        let visits: Vec<_> = steps.chunk_by(|a, b| a.namespace == b.namespace).collect();
        let results = spread(&visits, |traveller, steps| {
            if self.failed.load(Ordering::Relaxed) && !self.goes_on {
                return Ok(());
            }
            let result = visit::visit(traveller, steps).map(|loaded| self.remember(&steps[0].namespace, loaded));
            self.failed.fetch_or(result.is_err(), Ordering::Relaxed);
            self.tell(stage, steps);
            result
        });
        errors.extend(results.map_err(Error::Thread)?.into_iter().filter_map(Result::err));
        // By its name somebody may have entered one until just now; from now on nobody can.
        errors.extend(end_processes(&going).err());
        self.keep(steps)?;
        Ok(errors)
    }

    /// Notes how a table was left.
    fn remember(&self, namespace: &NetnsName, loaded: Option<Loaded>) {
        if let Some(loaded) = loaded {
            let mut all = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(namespace.clone(), loaded);
        }
    }

    /// Writes down what a stage made or deleted. A journal that names too much does no harm: where nothing else counts
    /// than that all goes, a full disk is no reason to stop.
    fn keep(&self, steps: &[Step]) -> Result<(), Error> {
        let kept = self.write(steps);
        if self.goes_on { Ok(()) } else { kept }
    }

    fn write(&self, steps: &[Step]) -> Result<(), Error> {
        if steps.iter().any(|step| changes_table(&step.action)) {
            self.lab.write_loaded(&self.loaded.lock().unwrap_or_else(PoisonError::into_inner))?;
        }
        if steps.iter().any(|step| step.action == Action::DeleteNamespace) {
            let mut journal = self.lab.journal()?;
            let deleted: BTreeSet<_> = steps.iter().map(|step| &step.namespace).collect();
            let comes = self.plan.new_namespaces();
            let stays = |name: &NetnsName| comes.contains(name) || netns::is_there(name) || etc::is_there(name);
            journal.retain(|name| !deleted.contains(name) || stays(name));
            self.lab.write_journal(&journal)?;
        }
        Ok(())
    }

    fn tell(&self, stage: Stage, steps: &[Step]) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.0 += steps.len();
        let progress = Progress {
            done: told.0,
            total: self.plan.steps.len(),
            stage,
            namespace: &steps[0].namespace,
            stopped: &self.failed,
        };
        (told.1)(&progress);
    }
}

/// The namespaces that go, as long as their names tell which they are.
fn going(steps: &[Step]) -> BTreeSet<Identity> {
    let going = steps.iter().filter(|step| step.action == Action::DeleteNamespace);
    going.filter_map(|step| Netns::open(&step.namespace).ok()?.identity().ok()).collect()
}

/// Ends what runs in these namespaces, in one search for all of them.
fn end_processes(namespaces: &BTreeSet<Identity>) -> Result<(), Error> {
    if namespaces.is_empty() { Ok(()) } else { process::end(namespaces).map_err(Error::Processes) }
}

/// Whether what was known of a namespace's table is no longer true afterwards.
fn changes_table(action: &Action) -> bool {
    matches!(
        action,
        Action::AddNamespace
            | Action::DeleteNamespace
            | Action::LoadTable(_)
            | Action::ChangeTable { .. }
            | Action::DeleteTable
    )
}
