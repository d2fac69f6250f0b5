//! Flow logs of a file.

use super::{Label, Text};
use crate::model::{Name, diagnostic::Spanned};

/// A flow log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLog {
    /// Its name.
    pub label: Label,
    /// What it is about.
    pub resource: Spanned<FlowLogResource>,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic_type: Option<Text>,
    /// `${FIELD} ${FIELD} …`; none means AWS's default.
    pub log_format: Option<Text>,
    /// 60 or 600; none means 600.
    pub max_aggregation_interval: Option<Spanned<i64>>,
    /// Of which kind the destination is; none means `cloud-watch-logs`.
    pub destination_type: Option<Text>,
    /// The destination, as far as the file says one.
    pub destination: Option<String>,
}

/// What a flow log is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowLogResource {
    /// A VPC.
    Vpc(Name),
    /// A subnet.
    Subnet(Name),
    /// The interface of an instance.
    Instance(Name),
    /// A network interface.
    NetworkInterface(Name),
}
