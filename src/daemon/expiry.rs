//! Connections through load balancers and endpoints that are over (NLB-18, NLB-27, NLB-28, VPCE-28): the routers that
//! track them are asked every [`PERIOD`], and forget them.
//!
//! A connection lives up to a period longer than it should. While the daemon is away, none ends.

use super::services::Shared;
use crate::{
    spec::{
        NetnsName,
        connection::{Limits, Served},
    },
    sys::{conntrack, netns::Netns, sysctl},
};
use std::{collections::BTreeMap, io, time::Duration};
use tokio::{task::spawn_blocking, time::sleep};

/// How often each router is asked.
const PERIOD: Duration = Duration::from_secs(1);

/// For how long the kernel keeps a connection of TCP without packets.
const ESTABLISHED: &str = "netfilter/nf_conntrack_tcp_timeout_established";

/// Ends what is over, until it is dropped.
pub(super) async fn run(mut shared: Shared) {
    loop {
        // Where no connection can be over, nobody wakes to look.
        if shared.wait_for(|services| !services.connections.is_empty()).await.is_err() {
            return;
        }
        sleep(PERIOD).await;
        let services = shared.borrow().clone();
        let swept = spawn_blocking(move || {
            for (netns, limits) in &services.connections {
                if let Err(error) = sweep(netns, limits) {
                    tracing::warn!(%netns, %error, "cannot look at the connections");
                }
            }
        });
        if let Err(error) = swept.await {
            tracing::error!(%error, "connections are not ended");
        }
    }
}

/// Has a router forget what is over.
fn sweep(netns: &NetnsName, limits: &BTreeMap<Served, Limits>) -> io::Result<()> {
    Netns::open(netns)?.enter(|| {
        let seconds = sysctl::read(ESTABLISHED)?.and_then(|text| text.parse().ok()).unwrap_or_default();
        for entry in conntrack::marked(Duration::from_secs(seconds))? {
            let is_over = limits.get(&entry.tracked.served).is_some_and(|limits| limits.end(&entry.tracked));
            if is_over {
                tracing::info!(%netns, target = %entry.tracked.target, "a connection is over");
                conntrack::forget(&entry)?;
            }
        }
        Ok(())
    })?
}
