//! VPCs (VPC-01 to VPC-08).

use super::{
    super::{
        Id, Name, Vpc,
        diagnostic::{Diagnostics, Spanned},
        draft::{self, Draft, Text},
    },
    FIRST_ACCOUNT, Resolver,
    account::is_account,
    region, tag, text,
};
use ipnet::Ipv4Net;

/// Ranges that no VPC may use (VPC-05).
const REFUSED: [&str; 5] = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"];

impl Resolver<'_> {
    pub(super) fn vpcs(&mut self, draft: &Draft) {
        for vpc in &draft.vpcs {
            let resolved = self.vpc(vpc);
            self.vpcs.insert(&vpc.label.name, resolved, &mut self.found);
        }
    }

    fn vpc(&mut self, vpc: &draft::Vpc) -> Option<Vpc> {
        let name = &vpc.label.name.value;
        let cidr = cidr(&vpc.cidr, &mut self.found);
        let account = account(vpc.account.as_ref(), &mut self.found);
        let region = match &vpc.region {
            Some(_) => region(vpc.region.as_ref(), &mut self.found),
            None => self.region.clone(),
        };
        Some(Vpc {
            id: Id::derive(self.lab, "vpc", name.as_str()),
            tag: tag(&vpc.label),
            account: account?,
            region,
            cidr: cidr?,
            secondary_cidrs: cidr.map(|primary| self.secondary_cidrs(vpc, primary)).unwrap_or_default(),
            dhcp_options: None, // once addresses are known
            enable_dns_support: vpc.enable_dns_support.unwrap_or(true),
            enable_dns_hostnames: vpc.enable_dns_hostnames.unwrap_or(false),
            main_route_table: Name::new(format!("{name}/main")),
            default_security_group: Name::new(format!("{name}/default")),
            default_network_acl: Name::new(format!("{name}/default")),
        })
    }
}

pub(super) fn cidr(cidr: &Text, found: &mut Diagnostics) -> Option<Ipv4Net> {
    let net = text::cidr(cidr, found)?;
    if !(16..=28).contains(&net.prefix_len()) {
        let message = format!("the CIDR `{net}` is invalid (InvalidVpc.Range)");
        found.push_with_hint(cidr.span, message, "a VPC is a /16 to /28");
        return None;
    }
    let overlaps = |range: &&'static str| {
        let range: Ipv4Net = range.parse().expect("the refused ranges are CIDRs");
        range.contains(&net) || net.contains(&range)
    };
    if let Some(range) = REFUSED.into_iter().find(overlaps) {
        found.push(cidr.span, format!("the CIDR `{net}` is invalid: `{range}` is not for VPCs (InvalidVpc.Range)"));
        return None;
    }
    Some(net)
}

fn account(account: Option<&Spanned<String>>, found: &mut Diagnostics) -> Option<String> {
    let Some(account) = account else { return Some(FIRST_ACCOUNT.to_owned()) };
    let right = is_account(&account.value);
    if !right {
        found.push(account.span, format!("`{}` is not an account: twelve digits", account.value));
    }
    right.then(|| account.value.clone())
}
