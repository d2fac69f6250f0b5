//! The resource types that are mirrored, one file per family: what their properties are, and what of the draft
//! they become. The doc comments are the tables of `docs/cloudformation.md`.

pub(super) mod auto_scaling;
pub(super) mod bucket;
pub(super) mod certificate;
pub(super) mod dhcp_options;
pub(super) mod elastic_ip;
pub(super) mod endpoint;
pub(super) mod flow_log;
pub(super) mod hosted_zone;
pub(super) mod instance;
pub(super) mod internet_gateway;
pub(super) mod key_pair;
pub(super) mod launch;
pub(super) mod launch_template;
pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod nat_gateway;
pub(super) mod network_acl;
pub(super) mod network_interface;
pub(super) mod peering_connection;
pub(super) mod prefix_list;
pub(super) mod resolver;
pub(super) mod role;
pub(super) mod route_table;
pub(super) mod security_group;
pub(super) mod target_group;
pub(super) mod vpc;
pub(super) mod vpn_connection;
pub(super) mod vpn_gateway;
