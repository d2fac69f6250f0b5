//! The kinds of resources that can be shown: their names, the columns of their tables (what AWS's console
//! shows first), and the fields by which one of them can be named.
//!
//! Fields are paths into the objects: `/State/Name`, `*` for every element of a list, `A|B` for the first that is there.

mod row;

use crate::model::diagnostic::did_you_mean;
use row::{ROWS, Row};

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are AWS's own names")]
pub enum Kind {
    Vpcs,
    DhcpOptions,
    Subnets,
    RouteTables,
    InternetGateways,
    VpnGateways,
    CustomerGateways,
    VpnConnections,
    VirtualInterfaces,
    OnPremisesHosts,
    PeeringConnections,
    NatGateways,
    SecurityGroups,
    SecurityGroupRules,
    NetworkAcls,
    NetworkInterfaces,
    Instances,
    KeyPairs,
    Images,
    Addresses,
    LoadBalancers,
    Listeners,
    TargetGroups,
    TargetHealth,
    EndpointServices,
    Endpoints,
    EndpointConnections,
    PrefixLists,
    Buckets,
    HostedZones,
    ResolverEndpoints,
    ResolverRules,
    FlowLogs,
}

impl Kind {
    /// Every kind, in the order in which AWS's console lists them.
    pub fn all() -> impl Iterator<Item = Kind> {
        ROWS.iter().map(|row| row.kind)
    }

    /// The kind called `text`: its name, in the plural or singular, or another name of it.
    pub fn parse(text: &str) -> Option<Kind> {
        let text = text.to_lowercase().replace('_', "-");
        let is_named = |name: &str| name == text || name.strip_suffix('s') == Some(&text);
        let row = ROWS.iter().find(|row| is_named(row.name) || row.aliases.iter().any(|alias| is_named(alias)));
        row.map(|row| row.kind)
    }

    /// "did you mean …?", if a kind has a name like `text`.
    pub fn suggestion(text: &str) -> Option<String> {
        did_you_mean(text, ROWS.iter().map(|row| row.name).chain(["outputs", "failures"]))
    }

    /// Its name, in the plural.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its name, in the singular.
    pub fn singular(self) -> &'static str {
        self.name().strip_suffix("sses").map_or_else(
            || self.name().strip_suffix('s').unwrap_or(self.name()),
            |_| "address", // the one plural in `-es`
        )
    }

    /// The fields that its table shows after the names.
    pub fn columns(self) -> &'static [&'static str] {
        self.row().columns
    }

    /// The fields by which one resource can be named, beside `LogicalId` and `Name`.
    pub fn identity(self) -> &'static [&'static str] {
        self.row().identity
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.kind == self).expect("every kind has a row")
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn kinds_are_found_by_plural_singular_and_other_names() {
        for (text, kind) in [
            ("vpcs", Kind::Vpcs),
            ("vpc", Kind::Vpcs),
            ("vpc-endpoints", Kind::Endpoints),
            ("endpoint", Kind::Endpoints),
            ("route_tables", Kind::RouteTables),
            ("addresses", Kind::Addresses),
            ("eip", Kind::Addresses),
        ] {
            assert_eq!(Kind::parse(text), Some(kind), "{text}");
        }
        assert_eq!(Kind::parse("instnaces"), None);
        assert_eq!(Kind::suggestion("instnaces").as_deref(), Some("did you mean `instances`?"));
    }

    #[test]
    fn every_kind_has_a_row_and_a_singular() {
        assert!(Kind::all().all(|kind| Kind::parse(kind.name()) == Some(kind)));
        assert_eq!(Kind::Addresses.singular(), "address");
        assert_eq!(Kind::TargetHealth.singular(), "target-health");
        assert_eq!(Kind::Endpoints.singular(), "endpoint");
    }
}
