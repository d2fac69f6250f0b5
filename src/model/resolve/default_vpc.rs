//! The default VPC as part of the draft (VPC-17): nothing after this needs to know that nobody wrote it.

use super::super::{
    DEFAULT_VPC, DEFAULT_VPC_CIDR, Name, Region, default_subnet, default_subnets,
    diagnostic::{Diagnostics, Span, Spanned},
    draft::{Draft, InternetGateway, Label, Ref, Route, RouteTable, RouteTarget, Subnet, Vpc},
};
use std::borrow::Cow;

/// The draft with the default VPC in it, if it needs one.
pub(super) fn filled<'a>(draft: &'a Draft, region: &Region, found: &mut Diagnostics) -> Cow<'a, Draft> {
    for vpc in draft.vpcs.iter().filter(|vpc| vpc.label.name.value.as_str() == DEFAULT_VPC) {
        let message = format!("no VPC can be called `{DEFAULT_VPC}`: the account's default VPC is");
        let hint = "`default_vpc` says what is in that one; it has its CIDR and subnets already";
        found.push_with_hint(vpc.label.name.span, message, hint);
    }
    if !draft.default_vpc {
        return Cow::Borrowed(draft);
    }
    let mut draft = draft.clone();
    draft.vpcs.retain(|vpc| vpc.label.name.value.as_str() != DEFAULT_VPC);
    draft.vpcs.push(Vpc {
        label: label(DEFAULT_VPC),
        cidr: text(DEFAULT_VPC_CIDR),
        secondary_cidrs: Vec::new(),
        dhcp_options: None,
        main_route_table: None,
        account: None,
        region: None,
        enable_dns_support: Some(true),
        enable_dns_hostnames: Some(true),
    });
    draft.internet_gateways.push(InternetGateway { label: label(DEFAULT_VPC), vpc: Some(name(DEFAULT_VPC)) });
    let main = format!("{DEFAULT_VPC}/main");
    draft.route_tables.push(RouteTable {
        label: label(&main),
        vpc: name(DEFAULT_VPC),
        main: true,
        propagating_vgws: Vec::new(),
    });
    draft.routes.push(Route {
        route_table: name(&main),
        destination: text("0.0.0.0/0"),
        target: nowhere(RouteTarget::OwnInternetGateway),
    });
    for (az, cidr) in default_subnets(region) {
        let subnet = default_subnet(&az);
        draft.subnets.push(Subnet {
            label: label(subnet.as_str()),
            vpc: name(DEFAULT_VPC),
            cidr: text(&cidr.to_string()),
            az: Some(text(az.as_str())),
            route_table: None,
            network_acl: None,
            map_public_ip_on_launch: Some(true),
        });
    }
    Cow::Owned(draft)
}

/// What stands nowhere in the file.
fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn name(name: &str) -> Ref {
    nowhere(Name::new(name))
}

fn text(text: &str) -> Spanned<String> {
    nowhere(text.to_owned())
}

/// AWS gives no tags to what it makes by itself.
fn label(logical: &str) -> Label {
    Label { name: name(logical), tag: Some(String::new()) }
}
