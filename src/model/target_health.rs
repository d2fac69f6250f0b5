//! Which targets a load balancer node uses, as healthy as they are known to be (NLB-10, NLB-24, NLB-29).

use super::{LoadBalancer, Name, Node, Target, Topology};
use crate::spec::service::{CheckId, Health};

impl Topology {
    /// The targets of a group to which a node sends new connections: the healthy ones that it may use; if no target of the
    /// group is healthy anywhere, all that it may use.
    pub fn targets_in_service<'a>(
        &'a self,
        health: &Health,
        balancer: &LoadBalancer,
        name: &Name,
        node: &Node,
    ) -> Vec<&'a Target> {
        let group = &self.target_groups[name];
        let is_healthy = |node: &Node, target: &Target| health.healthy.contains(&self.check_id(name, node, target));
        let usable = |node: &Node| {
            let crosses = self.crosses_zones(balancer, group);
            let az = node.az.clone();
            group.targets.iter().filter(move |target| crosses || self.subnets[&target.subnet].az == az)
        };
        let any_healthy = balancer.nodes.iter().any(|node| usable(node).any(|target| is_healthy(node, target)));
        usable(node).filter(|target| !any_healthy || is_healthy(node, target)).collect()
    }

    /// Whether a node's zone is in service: some target of every group to which a listener forwards is (NLB-07).
    pub fn is_in_service(&self, health: &Health, balancer: &LoadBalancer, node: &Node) -> bool {
        let shares = balancer.listeners.iter().flat_map(|listener| &listener.forward);
        let mut groups = shares.filter(|share| share.weight > 0).map(|share| &share.target_group);
        groups.all(|group| {
            let targets = self.targets_in_service(health, balancer, group, node);
            targets.iter().any(|target| health.healthy.contains(&self.check_id(group, node, target)))
        })
    }

    /// The id of the check of a target from a node.
    pub fn check_id(&self, group: &Name, node: &Node, target: &Target) -> CheckId {
        CheckId {
            target_group: group.to_string(),
            target: target.ip,
            port: target.port,
            node: self.network_interfaces[&node.interface].private_ip,
        }
    }
}
