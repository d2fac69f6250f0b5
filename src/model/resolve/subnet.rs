//! Subnets (SUB-01 to SUB-11).

use super::{
    super::{
        Az, Id, Name, Subnet,
        diagnostic::Spanned,
        draft::{self, Draft, Text},
    },
    Resolver, tag, text,
};
use ipnet::Ipv4Net;

impl Resolver<'_> {
    pub(super) fn subnets(&mut self, draft: &Draft) {
        for subnet in &draft.subnets {
            let resolved = self.subnet(subnet);
            self.subnets.insert(&subnet.label.name, resolved, &mut self.found);
        }
    }

    fn subnet(&mut self, subnet: &draft::Subnet) -> Option<Subnet> {
        let az = self.az(&subnet.vpc.value, subnet.az.as_ref());
        let cidr = self.subnet_cidr(&subnet.vpc.value, &subnet.cidr);
        let vpc = self.vpcs.find(&subnet.vpc, &mut self.found)?;
        let route_table = match &subnet.route_table {
            None => vpc.main_route_table.clone(),
            Some(table) => {
                if self.route_tables.find(table, &mut self.found)?.vpc != subnet.vpc.value {
                    let message = format!("route table `{}` and this subnet belong to different networks", table.value);
                    self.found.push(table.span, format!("{message} (InvalidParameterValue)"));
                    return None;
                }
                table.value.clone()
            }
        };
        let network_acl = match &subnet.network_acl {
            None => vpc.default_network_acl.clone(),
            Some(acl) => {
                if self.network_acls.find(acl, &mut self.found)?.vpc != subnet.vpc.value {
                    let message = format!("network ACL `{}` and this subnet belong to different networks", acl.value);
                    self.found.push(acl.span, format!("{message} (InvalidParameterValue)"));
                    return None;
                }
                acl.value.clone()
            }
        };
        let az_id = self.az_id(&subnet.vpc.value, az.as_ref()?);
        Some(Subnet {
            id: Id::derive(self.lab, "subnet", subnet.label.name.value.as_str()),
            tag: tag(&subnet.label),
            vpc: subnet.vpc.value.clone(),
            cidr: cidr?,
            az: az?,
            az_id,
            route_table,
            network_acl,
            map_public_ip_on_launch: subnet.map_public_ip_on_launch.unwrap_or(false),
        })
    }

    fn az(&mut self, vpc: &Name, az: Option<&Text>) -> Option<Az> {
        let region = self.region_of(vpc);
        let Some(text) = az else { return region.azs().into_iter().next() };
        let az = region.az(&text.value);
        if az.is_none() {
            let azs: Vec<_> = region.azs().iter().map(|az| format!("`{az}`")).collect();
            let message = format!("there is no availability zone `{}` (InvalidParameterValue)", text.value);
            self.found.push_with_hint(text.span, message, text::one_of(&azs));
        }
        az
    }

    fn subnet_cidr(&mut self, vpc: &Name, cidr: &Text) -> Option<Ipv4Net> {
        let net = text::cidr(cidr, &mut self.found)?;
        let of = self.vpcs.get(vpc)?;
        if !(16..=28).contains(&net.prefix_len()) {
            let message = format!("the CIDR `{net}` is invalid (InvalidSubnet.Range)");
            self.found.push_with_hint(cidr.span, message, "a subnet is a /16 to /28");
            return None;
        }
        if of.cidr_of(net).is_none() {
            let cidrs: Vec<_> = of.cidrs().map(|cidr| format!("`{cidr}`")).collect();
            self.subnet_outside(vpc, &Spanned::new(net, cidr.span), &cidrs);
            return None;
        }
        let overlaps = |other: &Subnet| other.vpc == *vpc && (other.cidr.contains(&net) || net.contains(&other.cidr));
        if let Some((other, subnet)) = self.subnets.iter().find(|(_, subnet)| overlaps(subnet)) {
            let message = format!("the CIDR `{net}` conflicts with another subnet (InvalidSubnet.Conflict)");
            let hint = format!("`{other}` has `{}`", subnet.cidr);
            self.found.push_with_hint(cidr.span, message, hint);
            return None;
        }
        Some(net)
    }
}
