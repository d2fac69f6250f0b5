//! Requests of consecutive steps, kept until there are enough for a send or something else must come first.

use crate::{
    apply::{Action, Error, Step},
    spec::LinkName,
    sys::{
        netlink::{CHUNK, Indexes, Netlink, Request, link},
        netns::Netns,
    },
};
use nix::errno::Errno;
use std::{io, os::fd::AsFd};

/// Requests to the calling thread's namespace, and the steps that they are for.
#[derive(Default)]
pub(super) struct Batch<'a> {
    netlink: Option<Netlink>,
    links: Option<Indexes>,
    steps: Vec<&'a Step>,
    requests: Vec<Request>,
    /// Namespaces that a request names by their open file.
    open: Vec<Netns>,
}

impl<'a> Batch<'a> {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds the request of a step.
    pub(super) fn push(&mut self, step: &'a Step, request: Request) -> Result<(), Error> {
        self.steps.push(step);
        self.requests.push(request);
        // The number of open files is limited; without them, more in one send is better.
        if self.open.len() >= CHUNK { self.send() } else { Ok(()) }
    }

    /// Adds the request of a step, unless the link that it needs is missing.
    pub(super) fn push_if_some(&mut self, step: &'a Step, request: Option<Request>) -> Result<(), Error> {
        let request = request.ok_or_else(|| failed(step)(Errno::ENODEV.into()))?;
        self.push(step, request)
    }

    /// Adds the request for a veth pair, from the near end to the far one.
    pub(super) fn add_veth(&mut self, step: &'a Step, ends: [link::End<'_>; 2], far: Netns) -> Result<(), Error> {
        let [near_end, far_end] = ends;
        let request = link::add_veth(near_end, far_end, far.as_fd());
        self.open.push(far);
        self.push(step, request)
    }

    /// The number of a link.
    pub(super) fn index(&mut self, step: &Step, link: &LinkName) -> Result<u32, Error> {
        self.links(step)?.get(link).copied().ok_or_else(|| failed(step)(Errno::ENODEV.into()))
    }

    /// The numbers of the links, which do not change during a visit.
    pub(super) fn links(&mut self, step: &Step) -> Result<&Indexes, Error> {
        if self.links.is_none() {
            let links = self.netlink().and_then(Netlink::indexes).map_err(failed(step))?;
            self.links = Some(links);
        }
        Ok(self.links.get_or_insert_default())
    }

    /// Sends what there is.
    pub(super) fn send(&mut self) -> Result<(), Error> {
        let (steps, requests) = (std::mem::take(&mut self.steps), std::mem::take(&mut self.requests));
        let Some(first) = steps.first() else { return Ok(()) };
        let refused = self.netlink().and_then(|netlink| netlink.send(&requests)).map_err(failed(first))?;
        self.open.clear();
        let error = refused.into_iter().find(|refusal| !is_done(steps[refusal.index], &refusal.source));
        error.map_or(Ok(()), |refusal| Err(failed(steps[refusal.index])(refusal.source)))
    }

    fn netlink(&mut self) -> io::Result<&mut Netlink> {
        if self.netlink.is_none() {
            self.netlink = Some(Netlink::open()?);
        }
        Ok(self.netlink.as_mut().expect("it was just opened"))
    }
}

/// A step failed.
pub(super) fn failed(step: &Step) -> impl FnOnce(io::Error) -> Error {
    |source| Error::Step { step: step.summary(), source }
}

/// Whether the error means that what a step deletes is not there: the kernel was faster, or somebody else.
fn is_done(step: &Step, error: &io::Error) -> bool {
    let gone = [Errno::ESRCH, Errno::ENOENT, Errno::ENODEV, Errno::EADDRNOTAVAIL];
    let deletes = matches!(
        step.action,
        Action::DeleteLink(_) | Action::DeleteAddress(_) | Action::DeleteRoute(_) | Action::DeleteRule(_)
    );
    deletes && gone.iter().any(|errno| error.raw_os_error() == Some(*errno as i32))
}
