//! Gateway endpoints of the native format: ways from route tables to S3 and `DynamoDB`.

use super::{
    lower::{Lowering, label},
    mapping, name,
};
use crate::{
    input::policy::Policy,
    model::{
        Name,
        draft::{self, Ref, Text},
    },
};

mapping! {
    /// A gateway endpoint.
    struct GatewayEndpoint = "a gateway endpoint" {
        /// `s3` or `dynamodb`, or the whole service name (`com.amazonaws.REGION.s3`).
        service: Text,
        /// Its VPC. Default: that of its route tables.
        vpc: Option<Text>,
        /// The route tables that get a route to it: names of tables, of subnets with `routes` of their own, or `main`.
        route_tables: Option<Vec<Text>>,
        /// Its policy, as YAML or JSON. Default: full access.
        policy: Option<Policy>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

impl GatewayEndpoint {
    /// Writes the endpoint. Where its VPC is named, its tables need not name it again.
    pub(super) fn lower(self, endpoint: Ref, lowering: &mut Lowering<'_>) {
        let vpc = self.vpc.map(|vpc| vpc.map(Name::new));
        let qualify = |table: Text| match &vpc {
            Some(vpc) => name::inside(vpc.value.as_str(), table),
            None => table.map(Name::new),
        };
        let route_tables = self.route_tables.into_iter().flatten().map(qualify).collect();
        lowering.draft.gateway_endpoints.push(draft::GatewayEndpoint {
            label: label(endpoint, self.tag),
            vpc,
            service: self.service,
            route_tables,
            policy: self.policy.map(|policy| policy.0),
        });
    }
}
